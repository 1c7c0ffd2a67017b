"""What a watchdog outside is told after each run, and that its troubles are not the run's."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from booth.addresses import read_address
from booth.config.options import HeartbeatOptions
from booth.errors import SourceError
from booth.sync.heartbeat import make_url, send
from booth.sync.report import RunReport
from sample_upstream import SampleUpstream
from tests.conftest import run_command
from tests.pushgateway.gateways import KINDS, listening

GOOD = RunReport(run=1, status="succeeded", trigger="cli", duration=0.1234)
BAD = replace(
    GOOD,
    status="failed",
    error=SourceError("D-Order가 답하지 않습니다.", code="source_timeout"),
)
PING = "https://hc-ping.example/3f0c9d1e-key"
KUMA = "https://status.example/sub/api/push/k3yK3y"
SLACK = 4.0
"""Seconds that a busy machine may add."""


@pytest.mark.parametrize(
    ("address", "report", "asked"),
    [
        (PING, GOOD, PING),
        (PING, BAD, f"{PING}/fail?msg=source_timeout"),
        (f"{PING}/", BAD, f"{PING}/fail?msg=source_timeout"),
        (PING, replace(GOOD, status="partial"), PING),
        (PING, replace(GOOD, status="aborted"), f"{PING}/fail?msg=aborted"),
        (f"{PING}?rid=7&create=1", GOOD, f"{PING}?rid=7&create=1"),
        (f"{PING}?rid=7", BAD, f"{PING}/fail?rid=7&msg=source_timeout"),
        ("https://user:pw@host.example", BAD, "https://host.example/fail?msg=source_timeout"),
        (KUMA, GOOD, f"{KUMA}?status=up&msg=OK&ping=123"),
        (f"{KUMA}?status=up&msg=OK&ping=", BAD, f"{KUMA}?status=down&msg=source_timeout&ping=123"),
        (f"{KUMA}?tenant=a%20b&ping=", GOOD, f"{KUMA}?tenant=a+b&status=up&msg=OK&ping=123"),
    ],
)
def test_each_kind_of_watchdog_is_told_in_its_own_way(
    address: str, report: RunReport, asked: str
) -> None:
    assert make_url(report, read_address(address)) == asked


@contextmanager
def watching(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a watchdog on loopback, and the heads of what it was asked."""
    heads: list[str] = []

    def answer(connection: socket.socket) -> None:
        heads.append(connection.recv(65_536).decode("latin-1"))
        connection.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())

    with listening(answer, reads_head=False) as url:
        yield f"{url}/ping/canary-key-5c1", heads


def test_it_is_a_get_with_the_userinfo_as_basic_authentication() -> None:
    with watching() as (url, heads):
        send(BAD, options=HeartbeatOptions(url=url.replace("://", "://me:p%40ss@")))
    [head] = heads
    assert head.startswith("GET /ping/canary-key-5c1/fail?msg=source_timeout HTTP/1.1\r\n")
    assert "Authorization: Basic bWU6cEBzcw==\r\n" in head


def test_without_an_address_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    send(GOOD, options=HeartbeatOptions())
    assert caplog.records == []


@pytest.mark.parametrize("kind", KINDS)
def test_it_warns_once_and_goes_on(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    with KINDS[kind]() as url:
        began = time.monotonic()
        send(GOOD, options=HeartbeatOptions(url=f"{url}/canary-key", timeout=0.5))
        assert time.monotonic() - began < 0.5 + SLACK
    [record] = caplog.records
    assert (record.name, record.levelname) == ("booth.heartbeat", "WARNING")
    assert (record.exc_info, "canary" in caplog.text) == (None, False)


@pytest.mark.parametrize("status", [301, 404, 429, 500])
def test_what_is_no_success_is_said(status: int, caplog: pytest.LogCaptureFixture) -> None:
    with watching(status) as (url, _):
        send(GOOD, options=HeartbeatOptions(url=url))
    assert f"HTTP {status}" in caplog.text
    assert "canary" not in caplog.text


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a migrated SQLite file."""
    url = f"sqlite:///{tmp_path_factory.mktemp('heartbeat') / 'db.sqlite3'}"
    assert run_command("migrate", "--verbosity", "0", DATABASE_URL=url).returncode == 0
    return url


Sync = Callable[..., Any]


@pytest.fixture
def sync(database: str) -> Iterator[Sync]:
    """Runs a sync as a process, of a good answer or of one with a fault."""
    with SampleUpstream(booths=5, menus=3) as upstream:

        def run(*arguments: str, fault: str = "", **variables: str) -> Any:
            url = upstream.fault_url(fault) if fault else upstream.url
            given: dict[str, Any] = {
                "DATABASE_URL": database,
                "BOOTH_SYNC_API_URL": url,
                "PYTHONUTF8": "1",
            }
            return run_command("booth_sync", "sync", *arguments, **given | variables)

        yield run


def test_each_run_tells_what_it_came_to(sync: Sync) -> None:
    with watching() as (url, heads):
        variables = {"BOOTH_SYNC_HEARTBEAT_URL": url}
        codes = [
            sync(**variables).returncode,
            sync(fault="status-404", **variables).returncode,
            sync("--dry-run", **variables).returncode,
            sync(**variables).returncode,
        ]
    assert codes == [0, 69, 0, 0]
    asked = [head.split(" ")[1].removeprefix("/ping/canary-key-5c1") for head in heads]
    assert asked == ["", "/fail?msg=source_http_404", ""]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("fault", "code"), [("", 0), ("status-404", 69)])
def test_a_process_ends_as_it_would_without_a_watchdog(
    sync: Sync, kind: str, fault: str, code: int, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with KINDS[kind]() as url:
        key = f"{url}/ping/canary-key-5c1?token=canary-query"
        ended = sync(fault=fault, BOOTH_SYNC_HEARTBEAT_URL=key, BOOTH_SYNC_LOG_FILE=str(log))
    assert ended.returncode == code
    lines = [line for line in ended.stderr.splitlines() if " WARNING " in line]
    assert [" booth.heartbeat " in line for line in lines] == [True]
    assert "Traceback" not in ended.stderr
    assert "canary" not in ended.stdout + ended.stderr + log.read_text()


def test_a_silent_watchdog_and_a_silent_gateway_cost_one_time_and_a_second(sync: Sync) -> None:
    began = time.monotonic()
    sync()
    usual = time.monotonic() - began
    with KINDS["silent"]() as url:
        began = time.monotonic()
        ended = sync(BOOTH_SYNC_HEARTBEAT_URL=f"{url}/key", BOOTH_SYNC_PUSHGATEWAY_URL=url)
        seconds = time.monotonic() - began
    assert ended.returncode == 0
    assert ended.stderr.count(" WARNING ") == 2
    assert 4.0 - 0.5 < seconds - usual < 4.0 + SLACK
