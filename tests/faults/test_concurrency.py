"""Only one run does the work, and a run whose time was up can no longer write."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import F
from msgspec.structs import replace

from booth.config.options import RunOptions, RunRequest
from booth.models import Booth, BoothDetail, SyncRun
from booth.sync.report import RunReport
from booth.sync.run import run_once
from sample_upstream import SampleUpstream
from tests.conftest import make_feed
from tests.faults.databases import IS_POSTGRESQL, Database
from tests.faults.in_process import OPTIONS, RunFeed
from tests.faults.processes import (
    Gate,
    Process,
    finish,
    start,
    sync,
    wait_for_claim,
    wait_until,
)

pytestmark = pytest.mark.database

PROCESSES = 20
INTERLEAVINGS = 50


def test_of_twenty_processes_at_once_one_does_the_work_and_the_others_say_so(
    database: Database, gate: Gate, captured: Callable[[str], bytes]
) -> None:
    processes = [start(database, "--from-file", gate.path) for _ in range(PROCESSES)]
    wait_for_claim(database)
    losers = wait_for_all_but_one(processes)
    gate.let_through(captured("d-order"))
    outcomes = [finish(process) for process in processes]
    assert {outcome.code for outcome in outcomes} == {0}
    statuses = Counter(outcome.document["status"] for outcome in outcomes)
    assert statuses == {"succeeded": 1, "skipped": PROCESSES - 1}
    skipped = [outcome for outcome in outcomes if outcome.document["status"] == "skipped"]
    assert len(losers) == len(skipped)
    assert {outcome.error for outcome in skipped} == {"sync_in_progress"}
    assert all("이미 실행 중" in outcome.stderr for outcome in skipped)
    assert database.list_runs() == [("succeeded", "")]
    assert len([row for row in database.read_rows() if row[1] == "BOOTH"]) == 12


def wait_for_all_but_one(processes: list[Process]) -> list[Process]:
    """Return the processes that ended while one still holds the lock."""
    wait_until(lambda: sum(process.poll() is None for process in processes) <= 1, timeout=60)
    return [process for process in processes if process.poll() is not None]


def test_processes_that_ask_one_slow_upstream_ask_it_once(
    database: Database, upstream: SampleUpstream
) -> None:
    url = upstream.fault_url("delay", seconds=4)
    processes = [start(database, BOOTH_SYNC_API_URL=url) for _ in range(4)]
    statuses = sorted(finish(process).document["status"] for process in processes)
    assert statuses == ["skipped", "skipped", "skipped", "succeeded"]
    assert len(upstream.requests) == 1


def test_runs_one_after_the_other_all_do_their_work(
    database: Database, captured: Callable[[str], bytes]
) -> None:
    statuses = [sync(database, feed=captured("d-order")).document["status"] for _ in range(3)]
    assert statuses == ["succeeded"] * 3


class Race:
    """Runs within runs: each sleeps past its end at some stage, while the next one goes ahead."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self.folder = folder
        self.rng = random.Random(seed)
        self.reports: list[RunReport] = []
        self.depth = self.rng.randint(2, 4)

    def run(self, level: int = 0) -> None:
        """Sync a feed of this level's own, reaped by the next level at a random stage."""
        last = level == self.depth - 1
        file = self.folder / f"level-{level}.json"
        is_broken = last and level > 1 and self.rng.random() < 0.3
        file.write_bytes(b"<html>" if is_broken else make_level(level))
        sleeps_in = self.rng.choice(["fetch", "parse"])

        def observe(stage: str) -> None:
            if stage == sleeps_in and not last:
                expire_running()
                self.run(level + 1)

        request = RunRequest(from_file=str(file), observe=observe)
        self.reports.append(run_once(request, OPTIONS))


def make_level(level: int) -> bytes:
    booth = {"boothName": f"부스 {level}", "boothAllTable": level, "boothUsageTable": 0}
    return make_feed([booth | {"Menus": []}])


def expire_running() -> None:
    past = F("started_at") - timedelta(seconds=1)
    assert SyncRun.objects.filter(status="running").update(expires_at=past) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(INTERLEAVINGS))
def test_a_run_that_wakes_after_it_was_reaped_writes_nothing(tmp_path: Path, seed: int) -> None:
    race = Race(tmp_path, seed=seed)
    race.run()
    last, *overtaken = race.reports
    assert len(overtaken) == race.depth - 1
    assert {report.error.code for report in overtaken if report.error} == {"run_expired"}
    assert {report.exit_code for report in overtaken} == {75}
    written = list(Booth.objects.values_list("name", flat=True))
    assert written == ([] if last.error else [f"부스 {race.depth - 1}"])
    statuses = list(SyncRun.objects.order_by("pk").values_list("status", flat=True))
    assert statuses == ["lost"] * len(overtaken) + [last.status]


@pytest.mark.django_db(transaction=True)
def test_a_run_past_its_end_is_refused_even_when_nobody_reaped_it(run_feed: RunFeed) -> None:
    def oversleep(stage: str) -> None:
        if stage == "parse":
            expire_running()

    report = run_feed(make_level(1), observe=oversleep)
    assert report.error is not None
    assert (report.error.code, report.exit_code) == ("run_expired", 75)
    assert not Booth.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not IS_POSTGRESQL, reason="a test database in memory has one connection")
def test_a_run_that_expires_while_it_writes_ends_before_the_next_one_begins(
    tmp_path: Path,
) -> None:
    (tmp_path / "old.json").write_bytes(make_level(1))
    (tmp_path / "new.json").write_bytes(make_level(2))
    brief = replace(OPTIONS, run=RunOptions(lease=0.3))
    later: list[RunReport] = []

    def run_later() -> None:
        with closed_connection():
            later.append(run_once(RunRequest(from_file=str(tmp_path / "new.json")), OPTIONS))

    rival = threading.Thread(target=run_later)

    def linger(stage: str) -> None:
        if stage == "store":
            time.sleep(0.5)  # past the lease
            rival.start()
            rival.join(0.5)
            assert rival.is_alive()  # it waits for the lock on the row

    request = RunRequest(from_file=str(tmp_path / "old.json"), observe=linger)
    report = run_once(request, brief)
    rival.join(10)
    assert [report.status, later[0].status] == ["succeeded", "succeeded"]
    listed = Booth.objects.filter(missing_since=None).values_list("name", flat=True)
    assert list(listed) == ["부스 2"]


@contextmanager
def closed_connection() -> Iterator[None]:
    """Close this thread's connection at the end."""
    try:
        yield
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_an_expired_run_is_reaped_by_the_next_one_and_a_live_one_is_not(run_feed: RunFeed) -> None:
    claimed: list[int | None] = []

    def interrupt(stage: str) -> None:
        if stage == "parse" and not claimed:
            report = run_feed(make_level(2))
            claimed.append(report.run)
            assert (report.status, report.exit_code) == ("skipped", 0)

    assert run_feed(make_level(1), observe=interrupt).status == "succeeded"
    assert claimed == [None]
    assert BoothDetail.objects.get().all_table == 1
    assert SyncRun.objects.get().status == "succeeded"
