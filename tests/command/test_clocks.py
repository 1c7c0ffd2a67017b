"""Leases and ages are judged by the database's clock, whatever this machine's says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.databases import IS_POSTGRESQL, Database
from tests.faults.processes import sync

from .conftest import ask

pytestmark = [
    pytest.mark.database,
    pytest.mark.skipif(not IS_POSTGRESQL, reason="SQLite's clock is this machine's"),
]

Captured = Callable[[str], bytes]
HOUR = 3600
CLOCK = """
    CREATE SCHEMA IF NOT EXISTS shifted;
    CREATE OR REPLACE FUNCTION shifted.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
        AS $$ SELECT pg_catalog.statement_timestamp() + interval '{seconds} seconds' $$;
    DO $$ BEGIN EXECUTE format(
        'ALTER DATABASE %I SET search_path = shifted, public, pg_catalog', current_database()
    ); END $$;
"""
"""Where pg_catalog is named in the search path it comes no longer first."""


@pytest.fixture(params=[-HOUR, HOUR], ids=["slow", "fast"])
def shifted(request: Any, database: Database) -> int:
    """The seconds by which the database's clock is ahead of this machine's."""
    database.execute(CLOCK.format(seconds=request.param))
    seconds: int = request.param
    return seconds


def test_the_age_of_the_last_success_is_the_databases(
    database: Database, shifted: int, captured: Captured
) -> None:
    assert sync(database, feed=captured("d-order")).code == 0
    [(ahead,)] = database.query(
        "SELECT extract(epoch FROM finished_at - pg_catalog.clock_timestamp()) FROM booth_syncrun"
    )
    assert abs(float(ahead) - shifted) < HOUR / 2  # the database's clock is another indeed
    status = json.loads(ask(database, "status", "--json").stdout)
    assert 0 < status["last_success_age"] < 60
    assert status["stale"] is False


@pytest.mark.parametrize("lease", [-60, 60])
def test_a_run_is_under_way_as_long_as_the_database_says(
    database: Database, shifted: int, lease: int
) -> None:
    database.execute(
        "INSERT INTO booth_syncrun (status, trigger, requested_by, started_at, expires_at, counts,"
        " stages, problems, feed_sha256, error_code, error_message, job_name, pod_name)"
        " VALUES ('running', 'cli', '', statement_timestamp(),"
        f" statement_timestamp() + interval '{lease} seconds',"
        " '{}', '{}', '[]', '', '', '', '', '')"
    )
    assert json.loads(ask(database, "status", "--json").stdout)["thread_alive"] is (lease > 0)
