"""The web part as it is served: gunicorn in processes of its own, asked over sockets."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.conftest import ROOT, make_environment, run_command
from tests.faults.databases import Database

INSIDE, OUTSIDE, PROXY = "10.9.0.1", "203.0.113.9", "127.0.0.0/8"
START_SECONDS = 30
DIRECT = {"BOOTH_SYNC_ALLOWED_CIDRS": "127.0.0.0/8", "BOOTH_SYNC_TRUSTED_PROXIES": ""}
"""A site on loopback without a proxy before it."""
SETTINGS = {
    "BOOTH_SYNC_ENVIRONMENT": "production",
    "SECRET_KEY": "k3y-of-the-tests-that-no-site-may-ever-have-0123456789-abcdefghij",
    "BOOTH_SYNC_ALLOWED_CIDRS": "10.9.0.0/16",
    "BOOTH_SYNC_TRUSTED_PROXIES": PROXY,
    "BOOTH_SYNC_MAX_ATTEMPTS": "1",
}


class Site:
    """A running web part: its address, its database, and what it wrote to standard error."""

    def __init__(self, origin: str, database: Database, log: Path, process: Any) -> None:
        self.origin = origin
        self.database = database
        self.process = process
        self._log = log

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self._log.read_text()

    def kill(self) -> None:
        """Kill the server and its workers, as a node that goes down does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        client: str = INSIDE,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:
        """Ask as ``client`` behind the trusted proxy."""
        sent = {"X-Forwarded-For": client, "X-Forwarded-Proto": "https"} | (headers or {})
        if token:
            sent["Authorization"] = f"Token {token}"
        return requests.request(
            method,
            self.origin + path,
            headers=sent,
            timeout=60,
            allow_redirects=False,
            **options,
        )


@contextmanager
def serving(database: Database, **variables: str) -> Iterator[Site]:
    """Serve the web part on a free port of loopback; end it, and what it began, at the end."""
    command = [
        *(sys.executable, "-m", "gunicorn", "--config", "python:project.serving"),
        *("--bind", "127.0.0.1:0", "--log-level", "info", "project.wsgi"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        environment = make_environment(DATABASE_URL=database.url, **SETTINGS | variables)
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        try:
            yield Site(_wait_for_address(process, log), database, log, process)
        finally:
            process.terminate()
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def manage(database: Database, *arguments: str, **variables: Any) -> str:
    """Run a command of the site and return what it printed."""
    ended = run_command(*arguments, **variables | {"DATABASE_URL": database.url})
    assert ended.returncode == 0, ended.stderr
    return str(ended.stdout)


def _wait_for_address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = re.search(r"Listening at: (http://\S+)", log.read_text())
        if found and _answers(found[1]):
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise TimeoutError(f"gunicorn does not serve: {log.read_text()}")


def _answers(origin: str) -> bool:
    try:
        return requests.get(f"{origin}/healthz", timeout=5).ok
    except requests.RequestException:
        return False
