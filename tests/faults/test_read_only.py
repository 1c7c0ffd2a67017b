"""An SQLite file that can only be read: what reads answers, a sync says that it cannot write."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, make_environment, run_command
from tests.faults.databases import IS_POSTGRESQL, Database
from tests.faults.processes import finish, start, sync

pytestmark = [
    pytest.mark.database,
    pytest.mark.skipif(IS_POSTGRESQL, reason="a fault of SQLite's"),
]

Captured = Callable[[str], bytes]
UNPRIVILEGED = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
)
"""What makes root, too, heed the modes of files."""


@pytest.mark.parametrize("journal", ["wal", "delete"])
@pytest.mark.parametrize(("file", "folder"), [(0o444, 0o755), (0o644, 0o555), (0o444, 0o555)])
def test_a_file_that_cannot_be_written_is_still_read(
    tmp_path: Path, captured: Captured, journal: str, file: int, folder: int
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'db.sqlite3'}")
    assert run_command("migrate", DATABASE_URL=database.url).returncode == 0
    assert sync(database, feed=captured("d-order")).code == 0
    assert database.query(f"PRAGMA journal_mode={journal}") == [(journal,)]
    (tmp_path / "db.sqlite3").chmod(file)
    tmp_path.chmod(folder)
    try:
        for verb in ("status", "runs"):
            command = [*UNPRIVILEGED, sys.executable, str(ROOT / "manage.py"), "booth_sync", verb]
            environment = make_environment(DATABASE_URL=database.url)
            answer = subprocess.run(command, env=environment, capture_output=True, check=True)
            assert "성공" in answer.stdout.decode()
        feed = captured("d-order-later")
        rehearsal = ("--from-file", "-", "--dry-run")
        assert finish(start(database, *rehearsal, prefix=UNPRIVILEGED), feed=feed).code == 0
        outcome = finish(start(database, "--from-file", "-", prefix=UNPRIVILEGED), feed=feed)
    finally:
        tmp_path.chmod(0o755)
    assert (outcome.code, outcome.error) == (75, "database")
    assert "읽기 전용" in outcome.document["error"]["message"]
    assert "Traceback" not in outcome.stderr
    (tmp_path / "db.sqlite3").chmod(0o644)
    assert sync(database, feed=captured("d-order")).document["status"] == "succeeded"


def test_a_folder_that_cannot_be_entered_is_a_wrong_setting(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'db.sqlite3'}")
    assert run_command("migrate", DATABASE_URL=database.url).returncode == 0
    tmp_path.chmod(0)
    try:
        outcome = finish(start(database, "--from-file", "-", prefix=UNPRIVILEGED), feed=b"{}")
    finally:
        tmp_path.chmod(0o755)
    assert (outcome.code, outcome.error) == (78, "config")
    assert "Traceback" not in outcome.stderr
