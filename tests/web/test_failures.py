"""Whatever goes wrong below ``/booths/`` is told in the envelope, with a sentence and a code."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client

from booth.web.envelope import FAILURES
from tests.faults.databases import Database
from tests.web.people import People
from tests.web.site import INSIDE, Site, serving

pytestmark = pytest.mark.database
START = "/booths/sync/start/"
END = "\r\nConnection: close\r\n\r\n"


def assert_failure(answer: requests.Response, code: str) -> None:
    """Check status, sentence and code of a failure of the request."""
    failure = FAILURES[code]
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {
        "statusCode": failure.status,
        "message": failure.message,
        "data": {"code": code},
    }
    assert answer.status_code == failure.status


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "parse_error"),
        ("[1]", "parse_error"),
        ('"x"', "parse_error"),
        ("null", "parse_error"),
        ("[" * 15_000, "parse_error"),
        ('{"reason":' * 1_500, "parse_error"),
        ('{"reason": "\\ud800"}', "parse_error"),
        (b"\xff", "parse_error"),
        ('{"reason": 0}', "invalid"),
        ('{"reason": true}', "invalid"),
        ('{"reason": null}', "invalid"),
        ('{"raeson": "x"}', "invalid"),
        (json.dumps({"reason": "x" * 20_000}), "too_large"),
        ("x" * 1_000_000, "too_large"),
    ],
    ids=lambda value: str(value)[:16],
)
def test_a_body_that_cannot_be_read(
    site: Site, people: People, body: str | bytes, code: str
) -> None:
    sent = {"Content-Type": "application/json"}
    assert_failure(site.ask("POST", START, token=people["operate"], data=body, headers=sent), code)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/booths/sync/nix/", "not_found"),
        ("/booths/sync/start", "not_found"),
        ("/booths/sync/runs/77777/", "not_found"),
        ("/booths/sync/runs/99999999999999999999999/", "not_found"),
        ("/booths/sync/runs/?limit=0", "invalid"),
        ("/booths/sync/runs/?limit=101", "invalid"),
        ("/booths/sync/runs/?limit=x", "invalid"),
        ("/booths/sync/runs/?before=-1", "invalid"),
        ("/booths/sync/runs/?before=99999999999999999999", "invalid"),
        ("/booths/sync/runs/?status=nix", "invalid"),
        ("/booths/sync/runs/?trigger=", "invalid"),
        ("/booths/sync/runs/?page=2", "invalid"),
    ],
)
def test_an_address_or_a_query_that_there_is_not(
    site: Site, people: People, path: str, code: str
) -> None:
    assert_failure(site.ask("GET", path, token=people["operate"]), code)


@pytest.mark.parametrize("path", ["/booths/sync/start", "/booths", "/booths/nix/"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_wrong_address_is_no_redirect_whatever_the_method(
    site: Site, path: str, method: str
) -> None:
    assert_failure(site.ask(method, path), "not_found")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-Type": "text/plain"}, "unsupported_media_type"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "unsupported_media_type"),
        ({"Content-Type": "application/json", "Accept": "text/html"}, "not_acceptable"),
        ({"Content-Type": "application/json", "Host": "evil.invalid"}, "bad_host"),
    ],
)
def test_headers_that_ask_for_what_there_is_not(
    site: Site, people: People, headers: dict[str, str], code: str
) -> None:
    answer = site.ask("POST", START, token=people["operate"], data="{}", headers=headers)
    assert_failure(answer, code)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_told_whatever_the_host(site: Site, path: str) -> None:
    answer = site.ask("GET", path, headers={"Host": "10.1.2.3:8000"})
    assert (answer.status_code, answer.json()["data"]) == (200, {"ok": True})


@pytest.mark.parametrize(
    "header", ["Token \xff", "Token", "Token a b", "Bearer bsk_x", "token  ", "Token \x80" * 50]
)
def test_a_token_that_is_none(site: Site, header: str) -> None:
    sent = {"Authorization": header.encode("latin-1")}
    answer = site.ask("GET", "/booths/sync/status/", headers=sent)  # type: ignore[arg-type]
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "request_text",
    [
        "GET /booths/sync/status/ HTTP/1.0\r\n\r\n",
        "GET http://localhost/booths/sync/status/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /booths/sync/status/ HTTP/1.1\r\nHost: localhost\r\nSCRIPT_NAME: /x\r\n\r\n",
        "GET /booths/ HTTP/1.1\r\nHost: localhost\r\nScript-Name: /x\r\n\r\n",
        "GET //booths/sync/status/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /booths/%73ync/status/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /booths/../booths/sync/status/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /booths/sync/status/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /booths/%ff/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_an_odd_request_is_no_error_of_ours_and_opens_no_door(
    site: Site, request_text: str
) -> None:
    address = urlsplit(site.origin)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(request_text.replace("\r\n\r\n", END).encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    status = int(answer.split()[1])
    assert status < 500
    if b"/booths/ HTTP" not in request_text.encode():
        assert status in {301, 400, 401, 403, 404}  # 301: to the same, by TLS


def test_a_session_needs_a_csrf_token(site: Site, people: People) -> None:
    with (
        serving(Database(site.database.url), BOOTH_SYNC_HSTS_SECONDS="0") as plain,
        requests.Session() as session,
    ):
        session.headers["X-Forwarded-For"] = INSIDE
        login, start = f"{plain.origin}/admin/login/", f"{plain.origin}{START}"
        session.get(login, timeout=20)
        form = {
            "username": "operate",
            "password": "pass-of-operate",
            "csrfmiddlewaretoken": session.cookies["csrftoken"],
        }
        session.post(login, data=form, timeout=20)
        assert session.get(f"{plain.origin}/booths/sync/status/", timeout=20).status_code == 200
        assert_failure(session.post(start, timeout=20), "csrf_failed")
        sent = {"X-CSRFToken": str(session.cookies["csrftoken"])}
        answer = session.post(start, headers=sent, timeout=20)
        assert answer.json()["data"]["code"] == "no_cronjob"


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        ("{bad", "application/json", "parse_error"),
        (json.dumps({"reason": "x" * 20_000}), "application/json", "too_large"),
        ("x", "text/plain", "unsupported_media_type"),
    ],
)
@pytest.mark.django_db
def test_a_body_is_judged_with_a_session_as_with_a_token(body: str, kind: str, code: str) -> None:
    client = Client(enforce_csrf_checks=True)
    user = User.objects.create_superuser("chief")
    client.force_login(user)
    client.get("/console/")
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    answer = client.post(START, body, content_type=kind, headers=headers)
    assert answer.json()["data"]["code"] == code
    without = client.post(START, "{}", content_type="application/json")
    assert without.json()["data"]["code"] == "csrf_failed"


def test_a_body_without_a_length_is_refused_rather_than_left_out(
    site: Site, people: People
) -> None:
    sent = {"Content-Type": "application/json"}
    for body in (b"{bad", b'{"reason": "x"}'):
        answer = site.ask("POST", START, token=people["operate"], data=iter([body]), headers=sent)
        assert_failure(answer, "bad_request")


@pytest.mark.parametrize("kind", ["x; charset=hex", "x; charset*=bogus''%41", "x; a*=utf-8''%00"])
@pytest.mark.parametrize("path", ["/healthz", "/booths/?name=a", "/console/login/"])
def test_an_odd_content_type_changes_nothing(site: Site, path: str, kind: str) -> None:
    assert site.ask("GET", path, headers={"Content-Type": kind}).status_code == 200


def test_what_no_database_can_hold_is_refused(site: Site) -> None:
    cookie = {"Cookie": r'sessionid="\000aaaaaaaaaaaa"'}
    for path in ("/console/", "/admin/"):
        assert site.ask("GET", path, headers=cookie).status_code == 400, path
    for path in ("/console/booths/?q=%00", "/admin/booth/syncrun/?status__exact=%00"):
        assert site.ask("GET", path).status_code == 400, path


def test_figures_are_told_in_some_format_to_everybody(site: Site) -> None:
    headers = {"Accept": "application/openmetrics-text; version=abc"}
    assert site.ask("GET", "/metrics", headers=headers).status_code == 200
