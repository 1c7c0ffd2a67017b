"""``booth_sync doctor`` without a cluster."""

from __future__ import annotations

import json

import pytest

from sample_upstream import SampleUpstream
from tests.faults.databases import Database

from .conftest import ask

pytestmark = pytest.mark.database


def test_what_is_not_configured_is_a_warning(database: Database, upstream: SampleUpstream) -> None:
    answer = ask(database, "doctor", "--json", BOOTH_SYNC_API_URL=upstream.url)
    levels = {each["name"]: each["level"] for each in json.loads(answer.stdout)["checks"]}
    assert levels == {
        **dict.fromkeys(["설정", "데이터베이스", "D-Order", "CronJob"], "ok"),
        "Pushgateway": "warning",
    }


def test_a_database_that_is_gone_fails_and_ends_nothing(database: Database) -> None:
    nowhere = "postgres://nobody:hidden@127.0.0.1:9/nothing"
    answer = ask(database, "doctor", "--json", code=1, DATABASE_URL=nowhere)
    levels = {each["name"]: each["level"] for each in json.loads(answer.stdout)["checks"]}
    assert levels["데이터베이스"] == "failure"
    assert levels["CronJob"] == "ok"
    assert "hidden" not in answer.stdout + answer.stderr
