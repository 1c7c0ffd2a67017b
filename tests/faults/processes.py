"""``manage.py booth_sync`` as a process that can be held, signalled and asked for its outcome."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, make_environment
from tests.faults.databases import Database

Process = subprocess.Popen[bytes]


@dataclass(frozen=True)
class Outcome:
    """How a process ended; ``document`` is its JSON, None where it printed nothing."""

    code: int
    document: Any
    stderr: str

    @property
    def error(self) -> str | None:
        """The error code in the document."""
        error = self.document["error"]
        return error["code"] if error else None


def start(
    database: Database, *arguments: str, prefix: tuple[str, ...] = (), **variables: Any
) -> Process:
    """Start ``booth_sync sync --json`` on ``database``, which sees to its end.

    ``variables`` join the environment.
    """
    command = [*prefix, sys.executable, str(ROOT / "manage.py"), "booth_sync", "sync", "--json"]
    process = subprocess.Popen(
        [*command, *arguments],
        env=make_environment(DATABASE_URL=database.url, **variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    database.processes.append(process)
    return process


def finish(process: Process, *, feed: bytes | None = None, timeout: float = 90) -> Outcome:
    """Return the outcome of ``process``, which is killed if it outlasts ``timeout`` seconds."""
    try:
        stdout, stderr = process.communicate(feed, timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Outcome(process.returncode, json.loads(stdout) if stdout else None, stderr.decode())


def sync(
    database: Database, *arguments: str, feed: bytes | None = None, **variables: Any
) -> Outcome:
    """Run one sync to its end; with ``feed`` as the upstream's answer on standard input."""
    source = () if feed is None else ("--from-file", "-")
    outcome = finish(start(database, *source, *arguments, **variables), feed=feed)
    assert outcome.document is not None, outcome.stderr
    return outcome


class Gate:
    """A pipe as ``--from-file``, which holds a run in its fetch until a feed is let through."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "gate")
        os.mkfifo(self.path)

    def let_through(self, feed: bytes) -> None:
        """Wait for a run that reads, then answer it with ``feed``."""
        wait_until(lambda: self._write(feed))

    def _write(self, feed: bytes) -> bool:
        try:
            pipe = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:  # nobody reads yet
                raise
            return False
        os.set_blocking(pipe, True)
        with os.fdopen(pipe, "wb") as file:
            file.write(feed)
        return True


def wait_until(is_true: Callable[[], object], *, timeout: float = 30, pause: float = 0.01) -> None:
    """Return as soon as ``is_true`` does, asked every ``pause`` seconds. Raises TimeoutError."""
    deadline = time.monotonic() + timeout
    while not is_true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not true within {timeout:.0f} s")
        time.sleep(pause)


def wait_for_claim(database: Database) -> None:
    """Return as soon as some run holds the lock."""
    wait_until(lambda: any(status == "running" for status, _ in database.list_runs()))
