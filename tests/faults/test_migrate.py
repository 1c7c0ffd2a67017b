"""``migrate`` and its like: what the database refuses is a sentence, as it is for a sync."""

from __future__ import annotations

import pytest

from tests.conftest import run_command
from tests.faults.databases import IS_POSTGRESQL, Database, database_in

pytestmark = pytest.mark.database

on_postgresql = pytest.mark.skipif(not IS_POSTGRESQL, reason="a matter of PostgreSQL's")


def test_a_server_out_of_reach_is_named_and_may_be_tried_again() -> None:
    answer = run_command("migrate", DATABASE_URL="postgres://site:secret@127.0.0.1:1/site")
    assert answer.returncode == 75
    assert answer.stderr.splitlines()[-1].endswith("[database]")
    assert "Traceback" not in answer.stderr
    assert "secret" not in answer.stderr


def test_tables_of_a_namesake_are_named(database: Database) -> None:
    database.execute("DELETE FROM django_migrations WHERE app = 'booth'")
    answer = run_command("migrate", DATABASE_URL=database.url)
    assert (answer.returncode, "[schema]" in answer.stderr) == (78, True)
    assert "docs/adopting.md" in answer.stderr
    assert "Traceback" not in answer.stderr


@on_postgresql
def test_an_encoding_without_hangul_is_named() -> None:
    with database_in("LATIN1", migrated=False) as database:
        answer = run_command("migrate", DATABASE_URL=database.url)
    assert (answer.returncode, "[encoding]" in answer.stderr) == (78, True)
    assert "LATIN1" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_whoever_asks_for_the_traceback_gets_it() -> None:
    answer = run_command("migrate", "--traceback", DATABASE_URL="postgres://127.0.0.1:1/site")
    assert (answer.returncode, "Traceback" in answer.stderr) == (1, True)
