"""`make serve`: a whole site in one command, and nothing left of it."""

from __future__ import annotations

import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.conftest import ROOT, make_environment
from tests.faults.processes import wait_until

END_SECONDS = 40


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The command on a free port, with what it prints."""
    output = tmp_path / "output"
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    environment = make_environment(SERVE_ADDRESS=address, DATABASE_URL="postgres://db.invalid/x")
    with output.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "sample_upstream.site"],
            cwd=ROOT,
            env=environment,
            stdout=stream,
            stderr=stream,
        )
    yield process, output
    process.kill()
    process.wait()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_what_it_prints_until_it_is_ended(
    serving: tuple[subprocess.Popen[bytes], Path], signum: int
) -> None:
    process, output = serving
    wait_until(lambda: "Ctrl-C" in output.read_text(), timeout=60)
    lines = re.findall(r"curl (.*)$", output.read_text(), re.MULTILINE)
    assert len(lines) == 3
    origin = re.search(r"http://127\.0\.0\.1:\d+/", lines[0])
    assert origin
    wait_until(lambda: _answers(f"{origin[0]}healthz"))
    for line in lines:
        shown = subprocess.run(
            ["curl", *shlex.split(line)], capture_output=True, text=True, timeout=60, check=True
        )
        assert '"statusCode":200' in shown.stdout, shown.stdout
    process.send_signal(signum)
    assert process.wait(timeout=END_SECONDS) == 0
    assert "Traceback" not in output.read_text()
    assert not _answers(f"{origin[0]}healthz")


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False
