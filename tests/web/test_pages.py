"""Failures of every kind as pages for people, and in the envelope for programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client
from django.urls import path

from booth.config.masking import find_redactor
from booth.errors import ConfigError
from booth.web.console.banners import say, take
from booth.web.pages import show_failure

ERRORS: dict[str, tuple[Exception, int, str]] = {
    "bug": (ValueError("canary"), 500, "예상하지 못한 오류입니다."),
    "denied": (PermissionDenied("canary"), 403, "권한이 없습니다."),
    "odd": (SuspiciousOperation("canary"), 400, "요청을 읽을 수 없습니다."),
    "database": (OperationalError("canary"), 503, "데이터베이스를 쓸 수 없습니다."),
    "setting": (ConfigError("설정을 고치세요."), 503, "설정을 고치세요."),
}


def fail(_request: HttpRequest, name: str) -> HttpResponse:
    raise ERRORS[name][0]


urlpatterns = [path("fail/<str:name>/", fail), path("booths/fail/<str:name>/", fail)]
handler400 = "booth.web.handlers.bad_request"
handler403 = "booth.web.handlers.permission_denied"
handler404 = "booth.web.handlers.page_not_found"
handler500 = "booth.web.handlers.server_error"


@pytest.fixture
def client(settings: Any) -> Client:
    """A browser before views that all fail."""
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("name", ERRORS)
def test_a_failure_is_a_page_that_needs_nothing(client: Client, name: str) -> None:
    _, status, sentence = ERRORS[name]
    answer = client.get(f"/fail/{name}/")
    page = answer.content.decode()
    assert answer.status_code == status
    assert sentence in page
    assert "canary" not in page
    assert "Traceback" not in page
    assert re.search('<html lang="ko">', page)
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("name", ["bug", "denied", "odd"])
def test_below_booths_it_is_the_envelope(client: Client, name: str) -> None:
    _, status, sentence = ERRORS[name]
    answer = client.get(f"/booths/fail/{name}/")
    assert (answer.status_code, answer.json()["statusCode"]) == (status, status)
    assert sentence in answer.json()["message"]


def test_an_address_that_there_is_not_leads_back_to_the_console(client: Client) -> None:
    answer = client.get("/nix")
    assert answer.status_code == 404
    assert 'href="/console/"' in answer.content.decode()


def test_a_form_without_its_token_says_what_to_do(settings: Any, db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.post("/console/login/", {"username": "x", "password": "y"})
    assert page.status_code == 403
    assert "오래된 페이지에서" in page.content.decode()
    answer = client.post("/booths/sync/schema/")
    assert answer.json()["data"]["code"] == "method_not_allowed"


@pytest.fixture
def secret(settings: Any) -> Iterator[str]:
    """A secret of the settings."""
    settings.BOOTH_SYNC_API_TOKEN = "canary-token-7f3"
    find_redactor.cache_clear()
    yield settings.BOOTH_SYNC_API_TOKEN
    find_redactor.cache_clear()


def test_a_page_and_a_banner_hold_no_secret(secret: str, rf: Any) -> None:
    page = show_failure({"statusCode": 503, "message": f"{secret} 앞", "data": {"code": "config"}})
    assert "*** 앞" in page.content.decode()
    request = rf.get("/console/")
    request._messages = CookieStorage(request)
    say(request, "error", f"{secret} 뒤")
    assert [banner.text for banner in take(request)] == ["*** 뒤"]
    shown = Template("{% load booth_console %}{{ text|masked }}").render(Context({"text": secret}))
    assert shown == "***"
