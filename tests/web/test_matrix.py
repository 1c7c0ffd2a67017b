"""Every endpoint, for everybody, from inside and outside, with every method."""

from __future__ import annotations

from itertools import product

import pytest

from tests.web.people import People
from tests.web.site import INSIDE, OUTSIDE, Site

pytestmark = pytest.mark.database
SEE, OPERATE = {"see", "operate"}, {"operate"}
ENDPOINTS = {
    "start/": ("POST", OPERATE),
    "stop/": ("POST", OPERATE),
    "once/": ("POST", OPERATE),
    "preview/": ("POST", OPERATE),
    "status/": ("GET", SEE),
    "runs/": ("GET", SEE),
    "runs/1/": ("GET", SEE),
    "schema/": ("GET", None),
    "docs/": ("GET", None),
}
"""The method that each takes, and who may; None: everybody inside."""
BARE = {("schema/", 200), ("docs/", 200)}
"""Answers without the envelope."""
WHO = ("anonymous", "user", "staff", "see", "operate", "gone", "expired", "revoked")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WITHOUT = {"anonymous", "gone", "expired", "revoked"}


def expect(endpoint: str, who: str, client: str, method: str) -> set[int]:
    """Return the statuses that are right."""
    taken, may = ENDPOINTS[endpoint]
    if client == OUTSIDE:
        return {403}
    if may is not None and who in WITHOUT:
        return {401}
    if may is not None and who not in may:
        return {403}
    if method != taken and (method, taken) != ("HEAD", "GET"):
        return {405}
    return {200, 404, 429, 503}  # whether a CronJob or a run is there, or was just now


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_nobody_gets_more_or_less_than_is_theirs(site: Site, people: People, endpoint: str) -> None:
    wrong = []
    for who, client, method in product(WHO, (INSIDE, OUTSIDE), METHODS):
        answer = site.ask(method, f"/booths/sync/{endpoint}", token=people[who], client=client)
        is_well = answer.status_code in expect(endpoint, who, client, method)
        if method != "HEAD" and is_well and (endpoint, answer.status_code) not in BARE:
            is_well = answer.json()["statusCode"] == answer.status_code
        if answer.status_code == 401:
            is_well &= answer.headers["WWW-Authenticate"] == "Token"
        if not is_well:
            wrong.append((who, client, method, answer.status_code, answer.text[:80]))
    assert wrong == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "path",
    [
        *("/admin/", "/admin/booth/syncrun/", "/admin/booth/booth/1/"),
        *("/console/", "/console/stop/", "/console/runs/1/", "/console/preview/"),
    ],
)
def test_a_token_opens_no_page_for_people(
    site: Site, people: People, path: str, method: str
) -> None:
    for who, client in product(WHO, (INSIDE, OUTSIDE)):
        answer = site.ask(method, path, token=people[who], client=client)
        assert answer.status_code in ({403} if client == OUTSIDE else {302, 303, 403, 405})
        if answer.is_redirect:
            assert answer.headers["Location"].partition("?")[0].endswith("/login/")


@pytest.mark.parametrize("path", ["/booths/", "/healthz", "/readyz"])
@pytest.mark.parametrize("client", [INSIDE, OUTSIDE])
def test_what_is_public_is_open_to_everybody(site: Site, path: str, client: str) -> None:
    answer = site.ask("GET", path, client=client, headers={"Authorization": "Token \xff"})
    assert answer.status_code == 200
    assert not answer.cookies


@pytest.mark.parametrize(
    "path",
    [
        *("/admin/", "/admin/login/", "/booths/sync/nix/", "/nix", "/console/", "/console/state/"),
        *("/console/login/", "/console/stop/", "/console/sync/", "/console/booths/"),
    ],
)
def test_all_else_is_closed_to_the_outside(site: Site, people: People, path: str) -> None:
    answer = site.ask("GET", path, client=OUTSIDE, token=people["operate"])
    assert answer.status_code == 403
    assert "이 주소에서는 쓸 수 없습니다." in answer.text
