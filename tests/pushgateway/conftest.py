"""A real Pushgateway for each test that asks for one."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

PROGRAM = "prometheus-pushgateway"
REMEDY = f"{PROGRAM} is not on the PATH. To get it: apt-get install {PROGRAM}"


def find_free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def read(url: str) -> str:
    """Return the body that ``url`` answers, whatever proxies the environment names."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=5) as answer:
        return str(answer.read().decode())


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[str]:
    """The URL of a Pushgateway with a store of its own."""
    program = shutil.which(PROGRAM)
    if program is None:
        pytest.fail(REMEDY)
    url = f"http://127.0.0.1:{find_free_port()}"
    command = [
        program,
        f"--web.listen-address={url.removeprefix('http://')}",
        f"--persistence.file={tmp_path / 'pushgateway.store'}",
    ]
    with (tmp_path / "pushgateway.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_until_ready(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "the Pushgateway ended at once"
        with suppress(OSError):
            read(f"{url}/-/ready")
            return
        time.sleep(0.05)
    pytest.fail("the Pushgateway was not ready in 10 s")
