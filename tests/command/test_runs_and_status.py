"""``booth_sync runs``, ``status``, ``start`` and ``stop`` without a CronJob."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.faults.databases import Database
from tests.faults.processes import sync

from .conftest import ask

pytestmark = pytest.mark.database

Captured = Callable[[str], bytes]


def test_the_history_is_listed_newest_first(database: Database, captured: Captured) -> None:
    assert json.loads(ask(database, "runs", "--json").stdout) == []
    for feed in (captured("d-order"), b"<html>", captured("d-order-later")):
        sync(database, feed=feed)
    listed = json.loads(ask(database, "runs", "--limit", "2", "--json").stdout)
    assert [(run["run"], run["status"]) for run in listed] == [(3, "succeeded"), (2, "failed")]
    assert (listed[0]["counts"]["booths"]["created"], listed[0]["error"]) == (2, None)
    assert listed[1]["error"]["code"] == "feed_malformed"
    assert listed[0]["started_at"].endswith("+09:00")
    assert 0 <= listed[0]["duration"] < 30
    text = ask(database, "runs").stdout
    assert [line.split()[0] for line in text.splitlines() if line[0] != " "] == ["#", "3", "2", "1"]
    assert "feed_malformed" in text


def test_the_status_tells_of_the_last_success(database: Database, captured: Captured) -> None:
    empty = json.loads(ask(database, "status", "--json").stdout)
    assert (empty["last_update"], empty["last_run"], empty["thread_alive"]) == (None, None, False)
    sync(database, feed=captured("d-order"))
    sync(database, feed=captured("d-order-later"))
    sync(database, feed=b"<html>")
    url = "https://user:hidden@d-order.example/api/?token=hidden"
    answer = ask(database, "status", "--json", BOOTH_SYNC_API_URL=url)
    status = json.loads(answer.stdout)
    assert (status["last_run"]["run"], status["last_success"]["run"]) == (3, 2)
    assert status["last_update"] == status["last_success"]["finished_at"]
    assert 0 <= status["last_success_age"] < 60
    assert status["rows"] == {"booths": 14, "missing_booths": 2, "menus": 95, "missing_menus": 1}
    assert status["api_url"] == "https://d-order.example/api/"
    assert "hidden" not in answer.stdout + answer.stderr
    assert "feed_malformed" in ask(database, "status").stdout


@pytest.mark.parametrize("verb", ["start", "stop"])
def test_the_schedule_cannot_be_switched_without_a_cronjob(database: Database, verb: str) -> None:
    assert "[no_cronjob]" in ask(database, verb, code=78).stderr
    assert "booth.E015" in ask(database, verb, code=78, BOOTH_SYNC_CRONJOBS="a,a").stderr


def test_the_status_without_a_cronjob_says_so(database: Database) -> None:
    status = json.loads(ask(database, "status", "--json").stdout)
    assert (status["is_running"], status["sync_interval"], status["cronjobs"]) == (None, None, [])
    assert status["control_error"]["reason"] == "not_configured"
    assert (status["stale"], status["stale_after"]) == (True, 900)
    assert "예약 실행: 설정 안 됨" in ask(database, "status").stdout
