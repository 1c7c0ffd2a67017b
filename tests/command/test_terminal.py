"""On a terminal an error is said once; elsewhere the log keeps its line, and the file always."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, make_environment
from tests.faults.databases import Database

Captured = Callable[[str], bytes]


def show(database: Database, *arguments: str, is_split: bool = False, **variables: Any) -> str:
    """Return what ``booth_sync sync`` shows on a terminal, ``is_split`` of standard error alone."""
    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "booth_sync", "sync", *arguments],
        env=make_environment(DATABASE_URL=database.url, **variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if is_split else terminal,
        stderr=terminal,
    )
    os.close(terminal)
    shown = b""
    try:
        while chunk := os.read(screen, 65536):
            shown += chunk
    except OSError:  # EIO: nobody writes to it any more
        pass
    finally:
        os.close(screen)
        process.wait(timeout=60)
    return shown.decode()


@pytest.mark.parametrize("is_split", [False, True])
def test_an_expected_error_is_said_once(database: Database, tmp_path: Path, is_split: bool) -> None:
    log = tmp_path / "booth.log"
    shown = show(
        database, "--from-file", "/dev/null", is_split=is_split, BOOTH_SYNC_LOG_FILE=str(log)
    )
    assert shown.count("feed_malformed") == 1
    assert "[feed_malformed]" in shown
    assert "부스 데이터 API 호출 시작" in shown
    assert "code=feed_malformed" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("is_split", [False, True])
def test_a_skipped_run_is_said_once(database: Database, is_split: bool) -> None:
    database.insert_running()
    shown = show(database, "--from-file", "/dev/null", is_split=is_split)
    assert (shown.count("이미 실행 중"), "[sync_in_progress]" in shown) == (1, True)


def test_with_json_the_log_keeps_its_line(database: Database) -> None:
    shown = show(database, "--json", "--from-file", "/dev/null", is_split=True)
    assert shown.count("code=feed_malformed") == 1


BUGGY = """
from project.settings.run import *
import booth.sync.source

def read_file(*_arguments, **_options):
    raise ZeroDivisionError

booth.sync.source.read_file = read_file
"""


def test_a_bug_is_said_once(database: Database, tmp_path: Path) -> None:
    (tmp_path / "buggy.py").write_text(BUGGY)
    variables: Any = {"PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "buggy"}
    shown = show(database, "--from-file", "-", **variables)
    assert (shown.count("Traceback"), shown.count("예상하지 못한 오류")) == (1, 1)
    assert "[internal: ZeroDivisionError]" in shown


def test_off_a_terminal_the_line_and_the_sentence_stand(database: Database) -> None:
    ended = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "booth_sync", "sync", "--from-file", "/dev/null"],
        env=make_environment(DATABASE_URL=database.url),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (65, "")
    assert ended.stderr.count("code=feed_malformed") == 1
    assert ended.stderr.count("[feed_malformed]") == 1
