"""``booth_sync sync`` as its users meet it: exit codes, one JSON document, text."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sample_upstream import SampleUpstream
from tests.conftest import make_feed
from tests.faults.databases import Database
from tests.faults.processes import Outcome, finish, start, sync, wait_until

from .conftest import ask

pytestmark = pytest.mark.database

Captured = Callable[[str], bytes]
RESULTS = {"created", "updated", "unchanged", "missing", "rejected", "duplicate", "conflict"}
KEYS = [
    "run",
    "status",
    "trigger",
    "dry_run",
    "counts",
    "problems",
    "more_problems",
    "stages",
    "duration",
    "error",
]


def assert_failed(outcome: Outcome, *, code: int, error: str, status: str = "failed") -> None:
    document = outcome.document
    assert list(document) == KEYS
    assert (outcome.code, document["status"], outcome.error) == (code, status, error)
    assert set(document["error"]) == {"code", "message"}
    assert not any(n for counts in document["counts"].values() for n in counts.values())
    assert "Traceback" not in outcome.stderr


def test_success_is_0_and_one_document(database: Database, captured: Captured) -> None:
    outcome = sync(database, "--trigger", "schedule", feed=captured("d-order"))
    document = outcome.document
    assert (outcome.code, list(document)) == (0, KEYS)
    assert (document["run"], document["status"]) == (1, "succeeded")
    assert (document["trigger"], document["dry_run"], document["error"]) == (
        "schedule",
        False,
        None,
    )
    assert {entity: set(counts) for entity, counts in document["counts"].items()} == {
        "booths": RESULTS,
        "menus": RESULTS,
    }
    assert (document["counts"]["booths"]["created"], len(document["problems"])) == (12, 4)
    for problem in document["problems"]:
        assert list(problem) == ["kind", "path", "reason", "name"]
    assert list(document["stages"]) == ["fetch", "parse", "plan", "store"]
    assert 0 < document["duration"] < 30
    assert "부스 데이터 저장 완료: 12개 부스 처리됨" in outcome.stderr


def test_a_partial_run_is_0_too(database: Database) -> None:
    sound = {"boothName": "북한학과", "boothAllTable": 1, "boothUsageTable": 0, "Menus": []}
    outcome = sync(database, feed=make_feed([sound, sound | {"boothAllTable": -1}]))
    assert (outcome.code, outcome.document["status"], outcome.error) == (0, "partial", None)
    [problem] = outcome.document["problems"]
    assert (problem["kind"], problem["path"]) == ("rejected", "data.boothDetails[1].boothAllTable")


def test_a_refused_feed_is_65(database: Database, captured: Captured) -> None:
    sync(database, feed=captured("d-order"))
    for feed, code in ((b"<html>", "feed_malformed"), (make_feed([]), "feed_empty")):
        outcome = sync(database, feed=feed)
        assert_failed(outcome, code=65, error=code)
        assert outcome.document["run"] is not None
    assert sync(database, "--allow-shrink", feed=make_feed([])).code == 0


def test_an_upstream_in_trouble_is_69(
    database: Database, upstream: SampleUpstream, tmp_path: Path
) -> None:
    url = upstream.fault_url("status-404")
    assert_failed(sync(database, BOOTH_SYNC_API_URL=url), code=69, error="source_http_404")
    outcome = sync(database, "--from-file", str(tmp_path / "none.json"))
    assert_failed(outcome, code=69, error="source_file")
    assert [status for status, _ in database.list_runs()] == ["failed", "failed"]


def test_a_database_in_trouble_is_75(tmp_path: Path, captured: Captured) -> None:
    gone = Database(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite3'}")
    outcome = sync(gone, feed=captured("d-order"))
    assert_failed(outcome, code=75, error="database")
    assert outcome.document["run"] is None
    for verb in ("runs", "status"):
        assert "데이터베이스" in ask(gone, verb, code=75).stderr
        assert json.loads(ask(gone, verb, "--json", code=75).stdout)["error"]["code"] == "database"


@pytest.mark.parametrize(
    "variables",
    [
        {"BOOTH_SYNC_API_URL": ""},
        {"BOOTH_SYNC_API_URL": "ftp://host/"},
        {"BOOTH_SYNC_API_URL": "http://host/", "BOOTH_SYNC_LEASE": "soon"},
        {"BOOTH_SYNC_API_URL": "http://host/", "BOOTH_SYNC_API_TOKEN": "토큰-토큰"},
        {"BOOTH_SYNC_API_URL": "http://host/", "BOOTH_SYNC_LEASE": "45"},
    ],
)
def test_a_wrong_setting_is_78(database: Database, variables: dict[str, Any]) -> None:
    outcome = sync(database, **variables)
    assert_failed(outcome, code=78, error="config")
    assert (outcome.document["run"], outcome.document["stages"]) == (None, {})
    assert "booth.E0" in outcome.document["error"]["message"]
    assert database.list_runs() == []


def test_a_signal_is_143_and_still_one_document(
    database: Database, upstream: SampleUpstream
) -> None:
    process = start(database, BOOTH_SYNC_API_URL=upstream.fault_url("silent"))
    wait_until(lambda: upstream.requests)
    process.send_signal(signal.SIGTERM)
    assert_failed(finish(process), code=143, error="aborted", status="aborted")
    assert database.list_runs() == [("aborted", "aborted")]


ENDING = """
import os, signal
from project.settings.run import *

class Ending(dict):
    def items(self):
        os.kill(os.getpid(), signal.SIGTERM)
        return super().items()

BOOTH_SYNC_SETTING_PROBLEMS = Ending()
"""


def test_a_signal_before_the_run_begins_is_no_bug(
    database: Database, captured: Captured, tmp_path: Path
) -> None:
    (tmp_path / "ending.py").write_text(ENDING)
    variables = {"PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "ending"}
    outcome = sync(database, feed=captured("d-order"), **variables)
    assert_failed(outcome, code=143, error="aborted", status="aborted")
    assert "internal" not in outcome.stderr + json.dumps(outcome.document)
    assert (database.list_runs(), database.read_rows()) == ([], [])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["synch"],
        ["sync", "--from-file"],
        ["sync", "--from-file", ""],
        ["sync", "--from-file= "],
        ["sync", "--trigger", "moon"],
        ["sync", "--unknown"],
        ["runs", "--limit", "0"],
        ["runs", "--limit", "many"],
        ["stop", "--reason", "x" * 201],
        ["stop", "--reason", "a\033[31mb"],
        ["doctor", "--watch"],
    ],
)
def test_a_wrong_command_line_is_64(database: Database, arguments: list[str]) -> None:
    answer = ask(database, *arguments, code=64)
    assert answer.stdout == ""
    assert "사용법" in answer.stderr


def test_a_run_beside_another_is_skipped_with_0(database: Database, captured: Captured) -> None:
    database.insert_running()
    outcome = sync(database, feed=captured("d-order"))
    assert_failed(outcome, code=0, error="sync_in_progress", status="skipped")
    assert outcome.document["run"] is None
    assert (database.list_runs(), database.read_rows()) == ([("running", "")], [])


def test_a_dry_run_shows_each_change_and_writes_nothing(
    database: Database, captured: Captured
) -> None:
    sync(database, feed=captured("d-order"))
    before, runs = database.read_rows(), database.list_runs()
    outcome = sync(database, "--dry-run", feed=captured("d-order-later"))
    document = outcome.document
    assert (outcome.code, list(document)) == (0, [*KEYS, "changes", "more_changes"])
    assert (document["run"], document["dry_run"], document["status"]) == (None, True, "succeeded")
    changes = {(c["kind"], c["booth"], c["menu"]): c["fields"] for c in document["changes"]}
    assert changes["update", "국어국문문예창작학부", None] == {"usage_table": [6, 3]}
    assert changes["update", "국어국문문예창작학부", "콜라"] == {"ingredient": [10, 9]}
    assert changes["create", "야간 푸드존", None]["all_table"] == [None, 6]
    assert changes["miss", "푸름누리", None] == {}
    assert (database.read_rows(), database.list_runs()) == (before, runs)


def test_a_dry_run_reads_as_text(database: Database, captured: Captured, tmp_path: Path) -> None:
    sync(database, feed=captured("d-order"))
    file = tmp_path / "later.json"
    file.write_bytes(captured("d-order-later"))
    answer = ask(database, "sync", "--dry-run", "--from-file", str(file))
    lines = answer.stdout.splitlines()
    assert "~ 국어국문문예창작학부  사용 중 6 → 3" in lines
    assert "~ 국어국문문예창작학부 / 콜라  재고 10 → 9" in lines
    assert "- 푸름누리" in lines
    assert any(line.startswith("+ 야간 푸드존") for line in lines)
    assert "\033" not in answer.stdout + answer.stderr
    refused = ask(database, "sync", "--dry-run", "--from-file", "/dev/null", code=65)
    assert (refused.stdout, "[feed_malformed" in refused.stderr) == ("", True)
