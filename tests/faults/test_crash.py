"""A killed run leaves the state before or after it, and the next one heals."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from sample_upstream import SampleUpstream
from tests.conftest import make_feed
from tests.faults.databases import Database, Row, fresh_database
from tests.faults.processes import (
    Gate,
    Outcome,
    Process,
    finish,
    start,
    sync,
    wait_for_claim,
    wait_until,
)

pytestmark = pytest.mark.database

KILLS = 50
WORKERS = 2
LEASE = 2.0
SLOWEST_END = 5.0
"""Seconds between SIGTERM and the end of the process (faults.md C)."""


def make_festival(*, used: int, gone: str) -> bytes:
    """Return a feed of 1,000 booths, another in every row for another ``used`` and ``gone``."""
    menus = [{"menuName": f"메뉴 {n}", "menuIngredidentReminder": 50 - used} for n in range(10)]
    return make_feed(
        [
            {"boothName": name, "boothAllTable": 9, "boothUsageTable": used, "Menus": menus}
            for name in (f"부스 {n}" for n in range(1000))
            if not name.endswith(gone)
        ]
    )


FEEDS = (make_festival(used=1, gone="1"), make_festival(used=2, gone="2"))


def test_a_killed_run_leaves_the_state_before_or_after_it_and_the_next_run_heals() -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        tallies = list(pool.map(kill_again_and_again, range(WORKERS)))
    landed = sum(tallies, Counter[str]())
    assert landed["before"] + landed["after"] == KILLS
    assert landed["lock left"] >= KILLS // 10, f"the kills missed the run itself: {landed}"


def kill_again_and_again(worker: int) -> Counter[str]:
    """Kill runs on a database of their own and return how often which state was found."""
    rng, landed = random.Random(worker), Counter[str]()
    with fresh_database() as database, SampleUpstream() as upstream:
        states, whole, at_work = rehearse(database, upstream)
        for kill in range(KILLS // WORKERS):
            target = kill % 2
            before, after = states[1 - target], states[target]
            upstream.set_body(FEEDS[target])
            upstream.forget_requests()
            is_aimed = kill % 4 > 0  # at the run itself, not at the start of the interpreter
            delay = rng.uniform(0, at_work if is_aimed else whole)
            left = kill_after(delay, database, upstream, is_aimed=is_aimed)
            assert left in (before, after)
            landed["after" if left == after else "before"] += 1
            landed["lock left"] += ("running", "") in database.list_runs()
            heal(database, upstream, expected=after)
    return landed


def rehearse(database: Database, upstream: SampleUpstream) -> tuple[list[list[Row]], float, float]:
    """Return the two states that the feeds lead to, and the seconds of a process and of a run."""
    states = []
    whole = at_work = 0.0
    for feed in (*FEEDS, *FEEDS):
        upstream.set_body(feed)
        began = time.monotonic()
        outcome = sync(database, BOOTH_SYNC_API_URL=upstream.url)
        assert outcome.document["status"] == "succeeded"
        whole, at_work = time.monotonic() - began, outcome.document["duration"]
        states.append(database.read_rows())
    assert states[2] != states[3]
    return states[2:], whole, at_work


def kill_after(
    delay: float, database: Database, upstream: SampleUpstream, *, is_aimed: bool
) -> list[Row]:
    """Start a run, kill it after ``delay`` seconds and return the rows that it left.

    With ``is_aimed`` the seconds count from its request, which it sends once it holds the lock.
    """
    limits: Any = {"BOOTH_SYNC_LEASE": str(LEASE), "BOOTH_SYNC_FETCH_TIMEOUT": "1"}
    process = start(database, BOOTH_SYNC_API_URL=upstream.url, **limits)
    if is_aimed:
        wait_until(lambda: upstream.requests, pause=0.001)
    time.sleep(delay)
    process.kill()
    finish(process)
    wait_until(database.is_left_alone)  # the server may still be at the commit it was sent
    return database.read_rows()


def heal(database: Database, upstream: SampleUpstream, *, expected: list[Row]) -> None:
    """Run once more, after a dead run's lease, and check that this was all it took."""
    was_left_running = ("running", "") in database.list_runs()
    time.sleep(LEASE if was_left_running else 0)
    assert sync(database, BOOTH_SYNC_API_URL=upstream.url).document["status"] == "succeeded"
    assert database.read_rows() == expected
    runs = database.list_runs()
    assert runs[-1] == ("succeeded", "")
    assert ("running", "") not in runs
    assert runs[-2] == ("lost", "lost") or not was_left_running


def terminate(process: Process) -> Outcome:
    """Send SIGTERM and return the outcome, which must come in time."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    outcome = finish(process, timeout=20)
    assert time.monotonic() - began <= SLOWEST_END
    assert "Traceback" not in outcome.stderr
    return outcome


@pytest.mark.parametrize(
    ("fault", "query"),
    [
        ("silent", {}),
        ("drip-headers", {}),
        ("drip-body", {}),
        ("status-503", {"retry_after": 30}),
        ("delay", {"seconds": 20}),
    ],
)
def test_a_run_told_to_end_in_its_fetch_closes_its_row(
    database: Database, upstream: SampleUpstream, fault: str, query: dict[str, float]
) -> None:
    process = start(database, BOOTH_SYNC_API_URL=upstream.fault_url(fault, **query))
    wait_until(lambda: upstream.requests)
    assert terminate(process).code == 143
    assert database.list_runs() == [("aborted", "aborted")]
    assert sync(database, BOOTH_SYNC_API_URL=upstream.url).code == 0


def test_a_run_told_to_end_while_it_reads_a_file_closes_its_row(
    database: Database, gate: Gate
) -> None:
    process = start(database, "--from-file", gate.path)
    wait_for_claim(database)
    assert terminate(process).code == 143
    assert database.list_runs() == [("aborted", "aborted")]


def test_a_dry_run_told_to_end_leaves_no_row(database: Database, upstream: SampleUpstream) -> None:
    process = start(database, "--dry-run", BOOTH_SYNC_API_URL=upstream.fault_url("silent"))
    wait_until(lambda: upstream.requests)
    assert terminate(process).code == 143
    assert database.list_runs() == []


def test_a_run_told_to_end_while_it_waits_to_claim_leaves_no_row(
    database: Database, upstream: SampleUpstream
) -> None:
    with database.locked("booth_syncrun"):
        process = start(database, BOOTH_SYNC_API_URL=upstream.url)
        time.sleep(1.5)
        assert terminate(process).code == 143
    assert database.list_runs() == []
    assert sync(database, BOOTH_SYNC_API_URL=upstream.url).code == 0


def test_a_run_told_to_end_while_it_waits_to_write_changes_nothing(
    database: Database, gate: Gate, captured: Callable[[str], bytes]
) -> None:
    process = start(database, "--from-file", gate.path, BOOTH_SYNC_LEASE="46")
    wait_for_claim(database)
    with database.locked("booth_booth"):
        gate.let_through(captured("d-order"))
        time.sleep(0.7)
        assert terminate(process).code == 143
    assert database.read_rows() == []
    # SQLite has one lock for all tables: there even the row's end could not be written down.
    is_sqlite = database.url.startswith("sqlite")
    assert database.list_runs() == [("running", "") if is_sqlite else ("aborted", "aborted")]
    database.execute("UPDATE booth_syncrun SET expires_at = started_at")
    assert sync(database, feed=captured("d-order")).document["status"] == "succeeded"


def test_a_run_told_to_end_while_it_pushes_has_succeeded(
    database: Database, upstream: SampleUpstream
) -> None:
    with silent_server() as url:
        process = start(database, BOOTH_SYNC_API_URL=upstream.url, BOOTH_SYNC_PUSHGATEWAY_URL=url)
        wait_until(lambda: ("succeeded", "") in database.list_runs())
        assert terminate(process).code == 143
    assert database.list_runs() == [("succeeded", "")]


@contextmanager
def silent_server() -> Iterator[str]:
    """Yield the address of a server that takes connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_run_heeds_sigterm_as_pid_1(database: Database, upstream: SampleUpstream) -> None:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        reason = "needs root and unshare (apt-get install util-linux)"
        assert os.environ.get("CI") != "true", reason
        pytest.skip(reason)
    url = upstream.fault_url("silent")
    prefix = ("unshare", "--pid", "--fork", "--kill-child")
    process = start(database, prefix=prefix, BOOTH_SYNC_API_URL=url)
    wait_until(lambda: upstream.requests)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 1
    assert "NSpid" in (status := Path(f"/proc/{children[0]}/status").read_text())
    assert next(line for line in status.splitlines() if "NSpid" in line).split()[-1] == "1"
    began = time.monotonic()
    os.kill(int(children[0]), signal.SIGTERM)
    assert finish(process, timeout=20).code == 143
    assert time.monotonic() - began <= SLOWEST_END
    assert database.list_runs() == [("aborted", "aborted")]
