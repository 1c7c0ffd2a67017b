"""How the web part is served: headers, static files, transport."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, make_environment
from tests.faults.databases import Database
from tests.web.people import People
from tests.web.site import DIRECT, OUTSIDE, Site, serving

LOGIN, STYLE = "/admin/login/", "/static/admin/css/base.css"


def test_a_page_may_load_nothing_but_what_this_site_serves(site: Site) -> None:
    page = site.ask("GET", LOGIN)
    assert page.status_code == 200
    policy = dict(
        part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert "<style" not in page.text
    assert " style=" not in page.text
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Strict-Transport-Security"] == "max-age=3600"
    assert "Secure" in page.headers["Set-Cookie"]


def test_the_server_opens_no_other_way_in(site: Site) -> None:
    assert "Listening at" in site.log
    assert "ontrol socket" not in site.log


def test_with_a_weak_key_nothing_is_served(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "gunicorn", "--config", "python:project.serving")
    environment = make_environment(
        DATABASE_URL=f"sqlite:///{tmp_path / 'none.sqlite3'}",
        BOOTH_SYNC_ENVIRONMENT="production",
        SECRET_KEY="short",
    )
    ended = subprocess.run(
        [*command, "--bind", "127.0.0.1:0", "project.wsgi"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (78, "")
    assert "(booth.E013) 운영 환경의 SECRET_KEY가 약합니다." in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_pages_load_is_served_to_everybody(site: Site) -> None:
    style = site.ask("GET", STYLE, client=OUTSIDE)
    assert (style.status_code, style.headers["Content-Type"]) == (200, 'text/css; charset="utf-8"')
    manifest = site.ask("GET", "/static/booth_web/console.webmanifest", client=OUTSIDE)
    assert manifest.headers["Content-Type"] == "application/manifest+json"
    for icon in manifest.json()["icons"]:
        shown = site.ask("GET", f"/static/booth_web/{icon['src']}")
        assert (shown.status_code, shown.headers["Content-Type"]) == (200, icon["type"])
    for path in ("/static/", "/static/../project/settings/web.py", "/static/nix.css"):
        assert site.ask("GET", path).status_code == 404


@pytest.mark.parametrize("client", ["10.9.0.1", OUTSIDE])
def test_who_comes_without_tls_is_sent_to_it(site: Site, client: str) -> None:
    answer = site.ask("GET", STYLE, client=client, headers={"X-Forwarded-Proto": "http"})
    assert answer.status_code == 301
    assert answer.headers["Location"].startswith("https://")


def test_a_stranger_is_not_believed_about_tls(site: Site) -> None:
    with serving(Database(site.database.url), **DIRECT) as direct:
        assert direct.ask("GET", STYLE).status_code == 301
        assert direct.ask("GET", "/booths/", client="").status_code == 200


def test_a_site_without_tls_sends_nobody_away(site: Site, people: People) -> None:
    with serving(Database(site.database.url), BOOTH_SYNC_HSTS_SECONDS="0") as plain:
        page = plain.ask("GET", LOGIN, headers={"X-Forwarded-Proto": "http"})
        assert page.status_code == 200
        assert "Strict-Transport-Security" not in page.headers
        assert "Secure" not in page.headers["Set-Cookie"]


def test_networks_that_cannot_be_read_let_nobody_in(site: Site, people: People) -> None:
    with serving(Database(site.database.url), BOOTH_SYNC_ALLOWED_CIDRS="10.0.0.1/8") as wrong:
        answer = wrong.ask("GET", "/booths/sync/status/", token=people["operate"])
        assert (answer.status_code, answer.json()["data"]["code"]) == (503, "config")
        assert "BOOTH_SYNC_ALLOWED_CIDRS" in answer.json()["message"]
        assert wrong.ask("GET", "/booths/").status_code == 200
