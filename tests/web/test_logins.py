"""Who guesses a password is slowed, and nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from booth.web.logins import MAX_ATTEMPTS, WINDOW
from booth.web.models import LoginAttempt
from tests.faults.databases import Database
from tests.web.people import People
from tests.web.site import INSIDE, Site, serving

LOGIN = "/admin/login/"
SLOWED = "로그인에 여러 번 실패했습니다."


@pytest.fixture
def chief(db: None) -> User:
    """Somebody of the staff."""
    return User.objects.create_superuser("chief", password="right")


def log_in(password: str, *, account: str = "chief", address: str = "127.0.0.1") -> str:
    """Return what is told, nothing where somebody is let in."""
    sent = {"username": account, "password": password}
    answer = Client(REMOTE_ADDR=address).post(LOGIN, sent)
    return "" if answer.status_code == 302 else answer.content.decode()


def test_the_sixth_try_in_a_quarter_of_an_hour_waits_though_it_is_right(chief: User) -> None:
    for _ in range(MAX_ATTEMPTS):
        assert SLOWED not in log_in("wrong")
    told = log_in("right")
    assert SLOWED in told
    assert "15분 뒤에" in told
    assert log_in("right", account="CHIEF") != ""


def test_nobody_else_is_slowed(chief: User) -> None:
    User.objects.create_superuser("other", password="right")
    for _ in range(MAX_ATTEMPTS + 3):
        log_in("wrong")
    assert log_in("right", address="127.0.0.2") == ""
    assert log_in("right", account="other") == ""


def test_a_success_and_a_quarter_of_an_hour_forgive(chief: User) -> None:
    for _ in range(3):
        for _ in range(MAX_ATTEMPTS - 1):
            log_in("wrong")
        assert log_in("right") == ""
    for _ in range(MAX_ATTEMPTS + 3):
        log_in("wrong")
    assert LoginAttempt.objects.count() == MAX_ATTEMPTS
    LoginAttempt.objects.update(at=timezone.now() - WINDOW - timedelta(seconds=1))
    assert log_in("right") == ""
    assert not LoginAttempt.objects.exists()


def test_the_wait_grows_shorter(chief: User) -> None:
    for _ in range(MAX_ATTEMPTS):
        log_in("wrong")
    LoginAttempt.objects.update(at=timezone.now() - timedelta(minutes=12, seconds=30))
    assert "3분 뒤에" in log_in("right")


@pytest.mark.database
def test_many_tries_at_once_are_counted_too(site: Site, people: People) -> None:
    def guess(number: int) -> bool:
        with requests.Session() as session:
            session.headers["X-Forwarded-For"] = INSIDE
            session.get(f"{plain.origin}{LOGIN}", timeout=30)
            form = {
                "username": "see",
                "password": f"guess-{number}",
                "csrfmiddlewaretoken": session.cookies["csrftoken"],
            }
            answer = session.post(f"{plain.origin}{LOGIN}", data=form, timeout=30)
            assert answer.status_code == 200
            return SLOWED not in answer.text

    with (
        serving(Database(site.database.url), BOOTH_SYNC_HSTS_SECONDS="0") as plain,
        ThreadPoolExecutor(16) as pool,
    ):
        assert sum(pool.map(guess, range(40))) <= MAX_ATTEMPTS


def test_a_try_without_a_password_forgives_none(chief: User) -> None:
    for _ in range(MAX_ATTEMPTS - 1):
        log_in("wrong")
    assert SLOWED not in log_in("")
    assert SLOWED in log_in("wrong")
