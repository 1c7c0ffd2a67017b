"""How often a transaction is tried, and what is said of a database that refuses."""

from __future__ import annotations

import logging

import pytest
from django import db
from django.db import connection

from booth.database import require_migrations, run_in_transaction, translated_errors
from booth.errors import BoothSyncError, ConfigError, StoreError
from tests.faults.databases import IS_POSTGRESQL

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
on_postgresql = pytest.mark.skipif(not IS_POSTGRESQL, reason="PostgreSQL's codes")


def fail(state: str) -> None:
    """Let the server refuse a statement with the code ``state``."""
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE SQLSTATE '{state}' USING MESSAGE = '비밀'; END $$")


class Work:
    """A transaction's work that loses its first races; ``calls`` counts how often it was tried."""

    def __init__(self, state: str, *, losses: int) -> None:
        self.state, self.losses, self.calls = state, losses, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.losses:
            fail(self.state)
        return "done"


@on_postgresql
@pytest.mark.parametrize("state", ["40P01", "40001", "55P03", "23505", "23503"])
def test_a_lost_race_is_tried_three_times_in_all(
    state: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "booth.database")
    for losses in (0, 1, 2):
        work = Work(state, losses=losses)
        assert (run_in_transaction(work), work.calls) == ("done", losses + 1)
    caplog.clear()
    work = Work(state, losses=99)
    with pytest.raises(BoothSyncError):
        run_in_transaction(work)
    assert work.calls == 3
    assert [record.args for record in caplog.records] == [(1,), (2,)]


@on_postgresql
@pytest.mark.parametrize("state", ["23502", "25006", "42501", "53100", "57014", "MY001"])
def test_any_other_failure_is_tried_once(state: str) -> None:
    work = Work(state, losses=99)
    with pytest.raises(BoothSyncError):
        run_in_transaction(work)
    assert work.calls == 1


@on_postgresql
@pytest.mark.parametrize(
    ("state", "code", "exit_code"),
    [
        ("22001", "constraint", 78),
        ("23514", "constraint", 78),
        ("23P01", "constraint", 78),
        ("27000", "constraint", 78),
        ("44000", "constraint", 78),
        ("P0001", "constraint", 78),
        ("P0004", "constraint", 78),
        ("MY001", "constraint", 78),
        ("42501", "rights", 78),
        ("42703", "schema", 78),
        ("42P01", "schema", 78),
        ("42883", "schema", 78),
        ("3F000", "schema", 78),
        ("0A000", "schema", 78),
        ("25006", "database", 75),
        ("53100", "database", 75),
        ("53300", "database", 75),
        ("55006", "database", 75),
        ("57014", "database", 75),
        ("58030", "database", 75),
        ("XX000", "database", 75),
    ],
)
def test_each_code_of_the_server_has_its_own(state: str, code: str, exit_code: int) -> None:
    with pytest.raises(BoothSyncError) as refusal, translated_errors():
        fail(state)
    assert (refusal.value.code, refusal.value.exit_code) == (code, exit_code)
    assert state in refusal.value.message
    assert "비밀" not in refusal.value.message


def test_trouble_that_passes_is_told_apart_from_what_somebody_has_to_mend() -> None:
    with pytest.raises(ConfigError) as refusal, translated_errors(), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM nowhere")
    assert refusal.value.code == "schema"
    assert "nowhere" in refusal.value.message
    with pytest.raises(StoreError), translated_errors():
        raise db.OperationalError("out of reach")
    with pytest.raises(db.ProgrammingError), translated_errors():
        raise db.ProgrammingError("a bug of ours")


def test_a_database_of_another_kind_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("booth.database._approved", set())
    monkeypatch.setattr(connection, "vendor", "mysql")
    monkeypatch.setattr(connection, "display_name", "MySQL")
    with pytest.raises(ConfigError, match="MySQL") as refusal:
        require_migrations()
    assert (refusal.value.code, refusal.value.exit_code) == ("engine", 78)
