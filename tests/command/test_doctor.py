"""``booth_sync doctor`` without a cluster: the database and its clock."""

from __future__ import annotations

import json

import pytest

from sample_upstream import SampleUpstream
from tests.faults.databases import IS_POSTGRESQL, Database

from .conftest import ask

pytestmark = pytest.mark.database


def test_it_compares_the_clock_of_a_database_that_has_one(
    database: Database, upstream: SampleUpstream
) -> None:
    answer = ask(database, "doctor", "--json", BOOTH_SYNC_API_URL=upstream.url)
    checks = json.loads(answer.stdout)["checks"]
    clocks = [each for each in checks if each["name"] == "시계"]
    assert [each["level"] for each in clocks] == ["ok"] * IS_POSTGRESQL
    assert all("데이터베이스의 시계와 0." in each["message"] for each in clocks)


def test_a_database_that_is_gone_fails_and_ends_nothing(database: Database) -> None:
    nowhere = "postgres://nobody:hidden@127.0.0.1:9/nothing"
    answer = ask(database, "doctor", "--json", code=1, DATABASE_URL=nowhere)
    levels = {each["name"]: each["level"] for each in json.loads(answer.stdout)["checks"]}
    assert levels["데이터베이스"] == "failure"
    assert levels["CronJob"] == "warning"
    assert "시계" not in levels
    assert "hidden" not in answer.stdout + answer.stderr
