"""What streams and log files cannot take changes nothing of what a command does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, make_environment, make_feed
from tests.faults.databases import Database
from tests.faults.processes import Gate, start, wait_for_claim

BEER = "🍺 포차"
Captured = Callable[[str], bytes]


def run(
    redirection: str, *arguments: str, feed: bytes = b"", **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run ``manage.py`` under a shell that redirects its streams."""
    return subprocess.run(
        ["bash", "-c", f'"$@" {redirection}', "-", sys.executable, ROOT / "manage.py", *arguments],
        env=make_environment(**variables),
        input=feed,
        capture_output=True,
        timeout=60,
        check=False,
    )


def make_beer() -> bytes:
    booth = {"boothName": BEER, "boothAllTable": 1, "boothUsageTable": 0, "Menus": []}
    return make_feed([booth, booth])  # so that a twin's name is shown


@pytest.mark.parametrize("encoding", ["cp949", "ascii", "cp1252", "latin-1", "ascii:strict"])
def test_what_an_encoding_lacks_is_replaced(database: Database, encoding: str) -> None:
    variables = {"DATABASE_URL": database.url, "PYTHONIOENCODING": encoding}
    sync = ("booth_sync", "sync", "--from-file", "-")
    codec = encoding.partition(":")[0]
    for arguments, feed, code in (
        ((*sync, "--dry-run"), make_beer(), 0),
        (sync, make_beer(), 0),
        (sync, b"<html>", 65),
        (("booth_sync", "runs"), b"", 0),
        (("booth_sync", "--help"), b"", 0),
        (("booth_sync", "sync", "--from-fil\u00e9"), b"", 64),
        (("check",), b"", 0),
    ):
        ended = run("", *arguments, feed=feed, **variables)
        told = (ended.stdout + ended.stderr).decode(codec)
        assert (ended.returncode, "Traceback" in told) == (code, False), told
        assert "?" in told or codec == "cp949"
    assert [status for status, _ in database.list_runs()] == ["succeeded", "failed"]


def test_json_loses_no_character_to_an_encoding(database: Database) -> None:
    variables = {"DATABASE_URL": database.url, "PYTHONIOENCODING": "cp949"}
    arguments = ("booth_sync", "sync", "--json", "--dry-run", "--from-file", "-")
    ended = run("", *arguments, feed=make_beer(), **variables)
    assert {change["booth"] for change in json.loads(ended.stdout)["changes"]} == {BEER}


@pytest.mark.parametrize(
    "redirection",
    [
        *(">&-", "2>&-", "<&- >&- 2>&-", "1</dev/null"),
        *(">/dev/full", "2>/dev/full", "&>/dev/full"),
        *("| true; exit ${PIPESTATUS[0]}", "2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}"),
    ],
)
def test_a_stream_that_takes_nothing_changes_nothing_of_a_sync(
    database: Database, tmp_path: Path, captured: Captured, redirection: str
) -> None:
    file = tmp_path / "feed.json"
    file.write_bytes(captured("d-order"))
    for arguments, code in (
        (("--json", "--from-file", str(file)), 0),
        (("--from-file", "/dev/null"), 65),
    ):
        end(redirection, "booth_sync", "sync", *arguments, code=code, database=database)
    assert [status for status, _ in database.list_runs()] == ["succeeded", "failed"]
    assert len(database.read_rows()) > 12


@pytest.mark.parametrize("redirection", ["&>/dev/full", "<&- >&- 2>&-"])
def test_a_stream_that_takes_nothing_changes_no_exit_code(
    database: Database, redirection: str
) -> None:
    for arguments, code in (
        (("booth_sync", "runs"), 0),
        (("booth_sync", "status", "--json"), 0),
        (("booth_sync", "start"), 78),
        (("booth_sync", "sync", "--help"), 0),
        (("booth_sync", "synch"), 64),
        (("check",), 0),
        (("check", "--fail-level", "WARNING"), 78),
    ):
        end(redirection, *arguments, code=code, database=database)


def end(redirection: str, *arguments: str, code: int, database: Database) -> None:
    """Run ``manage.py`` with its streams redirected, and see it end with ``code`` in order."""
    ended = run(redirection, *arguments, DATABASE_URL=database.url)
    assert ended.returncode == code, (arguments, ended.stderr)
    assert b"Traceback" not in ended.stderr
    assert b"Exception ignored" not in ended.stderr


def test_a_result_that_could_not_be_shown_is_told(database: Database) -> None:
    ended = run(">/dev/full", "booth_sync", "runs", DATABASE_URL=database.url)
    assert "표준 출력에 쓰지 못해" in ended.stderr.decode()


def test_standard_input_that_is_closed_is_no_answer(database: Database) -> None:
    arguments = ("booth_sync", "sync", "--from-file", "-")
    ended = run("<&-", *arguments, DATABASE_URL=database.url)
    assert (ended.returncode, b"Traceback" in ended.stderr) == (65, False)


def test_watching_ends_when_its_reader_leaves(database: Database) -> None:
    watch = ("booth_sync", "status", "--watch")
    ended = run("| head -1; exit ${PIPESTATUS[0]}", *watch, DATABASE_URL=database.url)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize("place", ["/dev/full", "/nonexistent/booth.log", "/", "pipe"])
def test_a_log_file_out_of_order_costs_one_warning(
    database: Database, captured: Captured, tmp_path: Path, place: str
) -> None:
    if place == "pipe":
        place = str(tmp_path / "pipe")
        os.mkfifo(place)
    variables: dict[str, Any] = {"DATABASE_URL": database.url, "BOOTH_SYNC_LOG_FILE": place}
    arguments = ("booth_sync", "sync", "--from-file", "-")
    ended = run("", *arguments, feed=captured("d-order"), **variables)
    told = ended.stderr.decode()
    assert (ended.returncode, told.count("BOOTH_SYNC_LOG_FILE"), "Traceback" in told) == (
        0,
        1,
        False,
    )
    assert "부스 데이터 동기화 완료" in told
    assert database.list_runs() == [("succeeded", "")]
    shown = json.loads(run("", "booth_sync", "doctor", "--json", **variables).stdout)["checks"]
    is_told = any(each["message"].startswith("[booth.W002]") for each in shown)
    assert is_told is (place != "/dev/full")  # a full disk shows when it is written to


def test_a_log_folder_that_vanishes_in_mid_run_costs_one_warning(
    database: Database, captured: Captured, tmp_path: Path
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    gate = Gate(tmp_path)
    log = folder / "booth.log"
    process = start(database, "--from-file", gate.path, BOOTH_SYNC_LOG_FILE=str(log))
    wait_for_claim(database)
    log.unlink(missing_ok=True)
    folder.rmdir()
    gate.let_through(captured("d-order"))
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr.decode().count("BOOTH_SYNC_LOG_FILE")) == (0, 1)
    assert database.list_runs() == [("succeeded", "")]


BUGGY = """
from project.settings.run import *
import booth.sync.source

def read_file(*_arguments, **_options):
    raise ZeroDivisionError

booth.sync.source.read_file = read_file
"""


def test_a_bug_is_closed_and_told_while_the_log_disk_is_full(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "buggy.py").write_text(BUGGY)
    ended = run(
        "2>/dev/full",
        *("booth_sync", "sync", "--json", "--from-file", "-"),
        DATABASE_URL=database.url,
        BOOTH_SYNC_LOG_FILE="/dev/full",
        PYTHONPATH=str(tmp_path),
        DJANGO_SETTINGS_MODULE="buggy",
    )
    assert (ended.returncode, json.loads(ended.stdout)["error"]["code"]) == (1, "internal")
    assert database.list_runs() == [("failed", "internal")]
