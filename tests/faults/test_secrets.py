"""Secrets planted wherever one can be: none comes out, whatever goes wrong."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from sample_upstream import SampleUpstream
from tests.conftest import run_command
from tests.faults.canaries import CANARY, QUERY, SECRETS, USERINFO

LIMITS = {
    "BOOTH_SYNC_CONNECT_TIMEOUT": "2",
    "BOOTH_SYNC_READ_TIMEOUT": "0.8",
    "BOOTH_SYNC_ATTEMPT_TIMEOUT": "1",
    "BOOTH_SYNC_FETCH_TIMEOUT": "4",
    "BOOTH_SYNC_MAX_BYTES": "1048576",
}
FAULTS = {
    "flaky-0-500": 0,
    "status-401": 69,
    "drip-body": 69,
    "truncated": 69,
    "bad-status-line": 69,
    "huge-header": 69,
    "endless": 69,
    "redirect-other": 69,
    "html": 65,
}
"""Exit code by fault; ``flaky-0-500`` is a good answer."""


@dataclass
class Recorder:
    """What a gateway was sent."""

    url: str
    authorizations: list[str] = field(default_factory=list)
    pushes: list[str] = field(default_factory=list)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A gateway that takes and remembers everything."""

    class Record(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            taken.pushes.append(self.path + body)
            taken.authorizations.append(self.headers["Authorization"])
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Record)
    taken = Recorder(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield taken
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass(frozen=True)
class Place:
    """Where a run leaves its traces."""

    database: Path
    log: Path

    @property
    def url(self) -> str:
        """The database's URL."""
        return f"sqlite:///{self.database}"

    def dump(self) -> str:
        """Return everything that the database holds, as text."""
        connection = sqlite3.connect(self.database)
        try:
            return "\n".join(connection.iterdump())
        finally:
            connection.close()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a database with tables and without rows."""
    file = tmp_path_factory.mktemp("migrated") / "db.sqlite3"
    finished = run_command("migrate", "--verbosity", "0", DATABASE_URL=f"sqlite:///{file}")
    assert finished.returncode == 0
    return file.read_bytes()


@pytest.fixture
def place(tmp_path: Path, migrated: bytes) -> Place:
    """A database and a log file of the test's own."""
    (tmp_path / "db.sqlite3").write_bytes(migrated)
    return Place(tmp_path / "db.sqlite3", tmp_path / "booth.log")


def plant(url: str) -> str:
    """Return ``url`` with a user and a password in it."""
    return url.replace("://", f"://{USERINFO}@", 1)


def run(place: Place, url: str, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run a sync with all secrets; return its exit code and everything it printed."""
    known: dict[str, Any] = {"DATABASE_URL": place.url, "BOOTH_SYNC_API_URL": url}
    known |= {"BOOTH_SYNC_LOG_FILE": str(place.log), "BOOTH_SYNC_LOG_LEVEL": "DEBUG"}
    finished = run_command(
        "booth_sync", "sync", *arguments, **(known | SECRETS | LIMITS | variables)
    )
    return finished.returncode, finished.stdout + finished.stderr


@pytest.mark.parametrize("style", ["text", "json"])
@pytest.mark.parametrize("fault", FAULTS)
def test_no_secret_comes_out_of_a_run(
    upstream: SampleUpstream, place: Place, recorder: Recorder, fault: str, style: str
) -> None:
    code, printed = run(
        place,
        plant(upstream.fault_url(fault, **QUERY)),
        *(["--json"] if style == "json" else []),
        BOOTH_SYNC_LOG_FORMAT=style,
        BOOTH_SYNC_PUSHGATEWAY_URL=recorder.url.replace("://", "://canary-gate-1d9:x@"),
    )
    assert code == FAULTS[fault]
    sent = upstream.requests[0]
    assert sent.get_header("Authorization") == "Bearer canary-token-c41"
    assert sent.get_header("X-Key") == "canary-header-a0f"
    assert "canary-query-93c" in sent.query
    assert recorder.authorizations == ["Basic Ym9vdGg6Y2FuYXJ5LXB1c2gtZTY2"]
    log, rows = place.log.read_text(encoding="utf-8"), place.dump()
    assert log.count("부스 데이터 API 호출 시작") == 1
    assert rows.count('INSERT INTO "booth_syncrun"') == 1
    for where in (printed, log, rows, *recorder.pushes):
        assert where
        assert CANARY not in where.lower()


@pytest.mark.parametrize("url", ["http://booths.invalid/api/?token=canary-query-93c"])
def test_no_secret_comes_out_where_there_is_no_host(place: Place, url: str) -> None:
    code, printed = run(place, plant(url))
    assert code == 69
    assert CANARY not in printed + place.log.read_text(encoding="utf-8") + place.dump()


@pytest.mark.parametrize(
    "wrong",
    [
        {"BOOTH_SYNC_API_URL": f"ftp://{USERINFO}@example.org/?token=canary-query-93c"},
        {"BOOTH_SYNC_API_URL": f"http://{USERINFO}@[broken/?token=canary-query-93c"},
        {"BOOTH_SYNC_API_TOKEN": "canary token"},
        {"BOOTH_SYNC_API_HEADERS": '{"X-Key": "canary-header'},
        {"BOOTH_SYNC_API_HEADERS": '{"X Key": "canary-header"}'},
        {"BOOTH_SYNC_PUSHGATEWAY_URL": "ftp://canary-gate:x@127.0.0.1"},
        {"BOOTH_SYNC_HEARTBEAT_URL": "https://127.0.0.1/ping/canary-key#x"},
        {"BOOTH_SYNC_HEARTBEAT_URL": "https://[broken/ping/canary-key"},
        {"DATABASE_URL": "oracle://booth:canary-database@127.0.0.1/booth"},
        {"DATABASE_URL": "postgres://booth:canary-database@127.0.0.1:port/booth"},
    ],
)
def test_no_secret_comes_out_of_a_wrong_setting(place: Place, wrong: dict[str, str]) -> None:
    code, printed = run(place, "http://127.0.0.1:9/", **wrong)
    assert code == 78
    assert CANARY not in printed.lower()
    assert "Traceback" not in printed


def test_no_password_comes_out_where_the_database_is_down(
    upstream: SampleUpstream, place: Place, recorder: Recorder
) -> None:
    code, printed = run(
        place,
        upstream.url,
        DATABASE_URL="postgres://canary-role:canary-database@127.0.0.1:1/booth",
        BOOTH_SYNC_PUSHGATEWAY_URL=recorder.url,
    )
    assert code == 75
    log = place.log.read_text(encoding="utf-8")
    for where in (printed, log, *recorder.pushes):
        assert "canary-database" not in where
    assert "[database]" in printed or "code=database" in printed
