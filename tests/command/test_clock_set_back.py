"""A database's clock that ran ahead and was set back: no run waits for it to catch up."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.faults.databases import IS_POSTGRESQL, Database
from tests.faults.processes import sync

from .conftest import ask

pytestmark = pytest.mark.database

Captured = Callable[[str], bytes]


def shift(database: Database, column: str) -> None:
    """Move the times in ``column`` two hours ahead."""
    later = (
        f"{column} + interval '2 hours'"
        if IS_POSTGRESQL
        else f"strftime('%Y-%m-%d %H:%M:%f', {column}, '+2 hours')"
    )
    database.execute(f"UPDATE booth_syncrun SET {column} = {later}")


def test_a_success_in_the_future_is_not_fresh(database: Database, captured: Captured) -> None:
    assert sync(database, feed=captured("d-order")).code == 0
    for column in ("started_at", "finished_at"):
        shift(database, column)
    status = json.loads(ask(database, "status", "--json").stdout)
    assert (status["last_success_age"], status["stale"]) == (None, True)
    assert "시각이 지금보다 뒤입니다" in ask(database, "status").stdout
    assert sync(database, feed=captured("d-order")).code == 0
    status = json.loads(ask(database, "status", "--json").stdout)
    assert 0 <= status["last_success_age"] < 60
    assert status["stale"] is False


def test_a_run_that_began_in_the_future_stops_nobody(
    database: Database, captured: Captured
) -> None:
    assert sync(database, feed=captured("d-order")).code == 0
    database.execute("UPDATE booth_syncrun SET status = 'running', finished_at = NULL")
    for column in ("started_at", "expires_at"):
        shift(database, column)
    assert json.loads(ask(database, "status", "--json").stdout)["thread_alive"] is False
    outcome = sync(database, feed=captured("d-order"))
    assert (outcome.code, outcome.document["status"]) == (0, "succeeded")
    assert database.list_runs() == [("lost", "lost"), ("succeeded", "")]
