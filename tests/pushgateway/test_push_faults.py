"""A gateway in trouble costs a run a few seconds and one line, nothing else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from booth.config.options import PushOptions
from booth.sync.push import push
from booth.sync.report import RunReport
from sample_upstream import SampleUpstream
from tests.conftest import run_command
from tests.pushgateway.gateways import KINDS, listening

REPORT = RunReport(run=1, status="succeeded", trigger="cli")
LIMIT = 5.0
SLACK = 4.0
"""Seconds that a busy machine may add."""


@pytest.mark.parametrize("kind", KINDS)
def test_it_warns_once_and_goes_on(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    with KINDS[kind]() as url:
        for _ in range(3):
            caplog.clear()
            began = time.monotonic()
            push(REPORT, options=PushOptions(url=url, timeout=0.5, password="canary-pw"))
            assert time.monotonic() - began < 0.5 + SLACK
            assert [(r.name, r.levelname) for r in caplog.records] == [("booth.metrics", "WARNING")]
            assert (caplog.records[0].exc_info, "canary" in caplog.text) == (None, False)


@pytest.mark.parametrize("head", [b"", b"HTTP", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_it_leaves_no_thread_behind_and_hangs_up(head: bytes) -> None:
    hung_up = threading.Event()

    def drip(connection: socket.socket) -> None:
        try:
            connection.sendall(head)
            while head:
                time.sleep(0.05)
                connection.sendall(b"x")
            connection.recv(1)
        finally:
            hung_up.set()

    with listening(drip) as url:
        push(REPORT, options=PushOptions(url=url, timeout=0.5))
        assert _list_deadlines() == []
        assert hung_up.wait(5)


def test_it_leaves_no_thread_behind_where_tls_is_not_answered() -> None:
    with listening(lambda connection: None) as url:  # reads on, for the end of a head
        push(REPORT, options=PushOptions(url=url.replace("http:", "https:"), timeout=0.5))
        assert _list_deadlines() == []


def test_it_waits_for_no_body(caplog: pytest.LogCaptureFixture) -> None:
    def promise(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        connection.recv(1)

    with listening(promise) as url:
        push(REPORT, options=PushOptions(url=url, timeout=5))
    assert (caplog.records, _list_deadlines()) == ([], [])


def _list_deadlines() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "deadline"]


def test_it_follows_no_redirect(caplog: pytest.LogCaptureFixture) -> None:
    visits: list[Any] = []
    with listening(visits.append) as other:
        head = f"HTTP/1.1 307 Moved\r\nLocation: {other}/\r\nContent-Length: 0\r\n\r\n".encode()
        with listening(lambda connection: connection.sendall(head)) as url:
            push(REPORT, options=PushOptions(url=url, timeout=5))
    assert ([r.levelname for r in caplog.records], visits) == (["WARNING"], [])


def test_it_uses_no_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    visits: list[Any] = []

    def accept(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

    with listening(visits.append) as proxy, listening(accept) as url:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        push(REPORT, options=PushOptions(url=url, timeout=5))
    assert (caplog.records, visits) == ([], [])


def test_it_takes_broken_header_fields_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    head = b"HTTP/1.1 400 Bad Request\r\nno field at all\r\nContent-Length: 0\r\n\r\n"
    with listening(lambda connection: connection.sendall(head)) as url:
        push(REPORT, options=PushOptions(url=url, timeout=5))
    assert [(r.name, r.levelname) for r in caplog.records] == [("booth.metrics", "WARNING")]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a migrated SQLite file."""
    url = f"sqlite:///{tmp_path_factory.mktemp('push') / 'db.sqlite3'}"
    assert run_command("migrate", "--verbosity", "0", DATABASE_URL=url).returncode == 0
    return url


@pytest.fixture(scope="module")
def usual(database: str) -> Iterator[dict[str, float]]:
    """Seconds that a run takes as a process without a gateway, for each of its outcomes."""
    with SampleUpstream(booths=5, menus=3) as upstream:
        yield {name: run(upstream, name, database)[1] for name in ("good", "bad")}


def run(upstream: SampleUpstream, name: str, database: str, **variables: Any) -> tuple[Any, float]:
    """Run a sync with a good or a bad answer; return the finished process and its seconds."""
    url = upstream.url if name == "good" else upstream.fault_url("status-404")
    began = time.monotonic()
    finished = run_command(
        "booth_sync", "sync", DATABASE_URL=database, BOOTH_SYNC_API_URL=url, **variables
    )
    return finished, time.monotonic() - began


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "code"), [("good", 0), ("bad", 69)])
def test_a_process_ends_as_it_would_without_a_gateway(
    usual: dict[str, float], database: str, kind: str, name: str, code: int
) -> None:
    with SampleUpstream(booths=5, menus=3) as upstream, KINDS[kind]() as url:
        finished, seconds = run(
            upstream, name, database, BOOTH_SYNC_PUSHGATEWAY_URL=url, PYTHONUTF8="1"
        )
    assert finished.returncode == code
    assert seconds - usual[name] < LIMIT + SLACK
    lines = [line for line in finished.stderr.splitlines() if " WARNING " in line]
    assert len(lines) == 1
    assert " booth.metrics " in lines[0]
    assert "Traceback" not in finished.stderr
    assert Path(url).name not in finished.stderr
