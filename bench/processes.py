"""Runs of ``booth_sync`` as whole processes, each on a database of its own, and what they cost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A process that ended: its exit code, seconds, peak memory in MiB and all its traces."""

    code: int
    seconds: float
    mebibytes: float
    printed: str
    rows: str


def migrate(folder: Path) -> Path:
    """Return a new SQLite file in ``folder`` with tables and without rows."""
    database = folder / "migrated.sqlite3"
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    environment = _make_environment(database) | {"BOOTH_SYNC_API_URL": "http://127.0.0.1/"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return database


def run_sync(migrated: Path, **variables: str) -> Ended:
    """Run one sync on a copy of ``migrated``; ``variables`` join the environment."""
    with tempfile.TemporaryDirectory(dir=migrated.parent) as name:
        database, printed = Path(name) / "db.sqlite3", Path(name) / "printed"
        shutil.copy(migrated, database)
        with printed.open("wb") as output:
            began = time.monotonic()
            process = subprocess.Popen(
                [sys.executable, "manage.py", "booth_sync", "sync"],
                cwd=ROOT,
                env=_make_environment(database) | variables,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        return Ended(
            code=process.returncode,
            seconds=seconds,
            mebibytes=usage.ru_maxrss / 1024,
            printed=printed.read_text(encoding="utf-8"),
            rows=_read_bytes(Path(name), pattern="db.sqlite3*"),
        )


def _read_bytes(folder: Path, *, pattern: str) -> str:
    return "".join(file.read_bytes().decode("utf-8", "replace") for file in folder.glob(pattern))


def _make_environment(database: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("BOOTH_SYNC_", "DJANGO_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {"DATABASE_URL": f"sqlite:///{database}", "PYTHONUTF8": "1"}
