"""Secrets planted in settings, tokens, passwords and cookies: the web part tells none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import requests

from booth.web.doors import DOORS
from sample_upstream import SampleUpstream
from tests.faults.canaries import CANARY, QUERY, SECRETS, USERINFO
from tests.faults.databases import fresh_database
from tests.web.site import INSIDE, Site, manage, serving

pytestmark = pytest.mark.database
PASSWORD, WRONG = "canary-login-8f1", "canary-wrong-4d2"
LOGIN = "/admin/login/"
PAGES = (
    *("/admin/", "/admin/booth/booth/", "/admin/booth/booth/1/change/", "/admin/booth/syncrun/"),
    *("/admin/booth/booth/1/history/", "/admin/booth/syncrun/1/change/", "/admin/auth/user/"),
    *("/admin/booth_web/accesstoken/", "/admin/booth_web/accesstoken/1/change/"),
    *("/console/", "/console/state/", "/console/runs/1/", "/console/booths/", "/console/stop/"),
    *("/console/preview/", "/console/nix/", "/console/login/"),
    *(
        "/booths/sync/schema/",
        "/booths/sync/docs/",
        "/booths/sync/nix/",
        "/nix",
        "/readyz",
        "/metrics",
    ),
)
_SCRIPT = f"""
from django.contrib.auth.models import User
from booth.web import tokens
chief = User.objects.create_superuser("chief", password="{PASSWORD}")
print(tokens.issue(chief, name="test")[1])
"""
OURS = "SELECT name FROM sqlite_master WHERE type = 'table'"
THEIRS = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


@dataclass
class Heard:
    """Everything that a site has told, by what was asked."""

    told: dict[str, str] = field(default_factory=dict)

    def hear(self, answer: requests.Response) -> requests.Response:
        """Keep an answer: its headers, but for the cookies that it is there to hand out."""
        headers = {name: text for name, text in answer.headers.items() if name != "Set-Cookie"}
        asked = f"{answer.request.method} {answer.request.path_url} {answer.status_code}"
        self.told[asked] = f"{headers}\n{answer.text}"
        return answer

    def find(self, *secrets: str) -> list[str]:
        """Return what was asked where an answer holds one of the secrets."""
        return [asked for asked, text in self.told.items() if any(each in text for each in secrets)]


@pytest.fixture(params=["flaky-0-500", "status-401"])
def guarded_site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site all of whose secrets are canaries, before a D-Order that answers or refuses."""
    with SampleUpstream(booths=4, menus=3) as upstream, fresh_database() as database:
        url = upstream.fault_url(request.param).replace("://", f"://{USERINFO}@", 1)
        variables = SECRETS | {
            "BOOTH_SYNC_API_URL": f"{url}?{urlencode(QUERY)}",
            "BOOTH_SYNC_PUSHGATEWAY_URL": f"http://{USERINFO}@127.0.0.1:9",
            "BOOTH_SYNC_LOG_LEVEL": "DEBUG",
            "BOOTH_SYNC_HSTS_SECONDS": "0",
        }
        with serving(database, **variables) as site:
            yield site


def test_no_secret_is_told_logged_or_stored(guarded_site: Site) -> None:
    site, heard = guarded_site, Heard()
    token = manage(site.database, "shell", "--no-imports", "-c", _SCRIPT).splitlines()[-1]
    _ask_every_door(site, heard, token)
    cookies = _walk_through_the_admin(site, heard)
    assert len(heard.told) > 40
    assert heard.find(CANARY, token, cookies["sessionid"], cookies["csrftoken"]) == []
    log = site.log
    assert "by=chief" in log
    assert not [each for each in (CANARY, token, *cookies.values()) if each in log]
    rows = _dump(site)
    assert "chief" in rows
    assert not [each for each in (CANARY, token, cookies["csrftoken"]) if each in rows]


def _ask_every_door(site: Site, heard: Heard, token: str) -> None:
    wrong = {"Authorization": "Token bsk_canary-of-nobody", "Cookie": "sessionid=canary-cookie"}
    for door in DOORS:
        path = door.path.replace("{id}", "1")
        body: Any = (
            {"json": {"reason": f"점검 {SECRETS['BOOTH_SYNC_API_TOKEN']}"}} if door.body else {}
        )
        heard.hear(site.ask(door.method.upper(), path, token=token, **body))
        heard.hear(site.ask(door.method.upper(), path, headers=wrong))
        heard.hear(site.ask("PUT", f"{path}?{quote('토큰')}=x", token=token, data="{" + CANARY))


def _walk_through_the_admin(site: Site, heard: Heard) -> dict[str, Any]:
    with requests.Session() as session:
        session.headers["X-Forwarded-For"] = INSIDE
        for password in (WRONG, PASSWORD):
            heard.hear(session.get(site.origin + LOGIN, timeout=20))
            form = {"username": "chief", "password": password}
            form |= {"csrfmiddlewaretoken": str(session.cookies["csrftoken"])}
            heard.hear(session.post(site.origin + LOGIN, data=form, timeout=20))
        for path in PAGES:
            heard.hear(session.get(site.origin + path, timeout=20))
        page = session.get(f"{site.origin}/admin/booth/syncrun/", timeout=20).text
        chosen = {
            "action": "export",
            "_selected_action": re.findall(r'name="_selected_action" value="(\d+)"', page),
            "csrfmiddlewaretoken": str(session.cookies["csrftoken"]),
        }
        exported = heard.hear(
            session.post(f"{site.origin}/admin/booth/syncrun/", data=chosen, timeout=20)
        )
        assert exported.text.startswith("\ufeffid,status")
        return dict(session.cookies)


def _dump(site: Site) -> str:
    """Return every row of every table."""
    is_sqlite = site.database.url.startswith("sqlite")
    tables = site.database.query(OURS if is_sqlite else THEIRS)
    return "\n".join(str(site.database.query(f'SELECT * FROM "{name}"')) for (name,) in tables)
