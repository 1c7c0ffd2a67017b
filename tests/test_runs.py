"""SyncRun rows: one is running, an expired one is reaped, a closed one is history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from booth.config.options import RunOptions
from booth.database import run_in_transaction
from booth.errors import (
    BoothSyncError,
    FeedError,
    StoreError,
    SyncInProgress,
    SyncTooSoon,
    UnsafePlan,
)
from booth.models import SyncRun
from booth.sync import runs
from booth.sync.plan import Counts, EntityCounts, Plan, Problem
from booth.sync.report import RunReport

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

OPTIONS = RunOptions(lease=120, history_days=30, job_name="booth-sync-1", pod_name="booth-sync-1-x")


def claim(**options: Any) -> SyncRun:
    run = SyncRun(trigger="schedule", requested_by="runner")
    runs.claim(run, options=RunOptions(**options) if options else OPTIONS)
    return run


def read(run: SyncRun) -> SyncRun:
    return SyncRun.objects.get(pk=run.pk)


def store_run(*, days: float, status: str = "succeeded") -> SyncRun:
    at = timezone.now() - timedelta(days=days)
    return SyncRun.objects.create(
        status=status, trigger="cli", started_at=at, expires_at=at, finished_at=at
    )


def report(run: SyncRun, status: str = "succeeded", **fields: Any) -> RunReport:
    return RunReport(run=run.pk, status=status, trigger="schedule", **fields)


def make_plan(*problems: Problem) -> Plan:
    counts = Counts(booths=EntityCounts(created=3), menus=EntityCounts(rejected=2))
    return Plan(booths=(), menus=(), problems=problems, counts=counts)


def expire(run: SyncRun) -> None:
    SyncRun.objects.filter(pk=run.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_a_claimed_run_is_running_for_the_length_of_its_lease() -> None:
    row = read(claim())
    assert (row.status, row.trigger, row.requested_by) == ("running", "schedule", "runner")
    assert (row.job_name, row.pod_name) == ("booth-sync-1", "booth-sync-1-x")
    assert abs((row.expires_at - row.started_at).total_seconds() - 120) < 0.01
    assert abs((timezone.now() - row.started_at).total_seconds()) < 5
    assert row.finished_at is None


def test_a_second_claim_is_refused_and_leaves_no_row() -> None:
    first = claim()
    rival = SyncRun(trigger="cli")
    for _ in range(2):
        with pytest.raises(SyncInProgress, match="늦어도 120초 뒤에는"):
            runs.claim(rival, options=OPTIONS)
    assert [rival.pk] == [None]
    assert SyncRun.objects.get().pk == first.pk


def test_a_run_by_hand_waits_for_the_last_one_by_hand() -> None:
    first, second = SyncRun(trigger="api"), SyncRun(trigger="console")
    runs.claim(first, options=OPTIONS, pause=30)
    runs.close(first, report(first))
    with pytest.raises(SyncTooSoon) as caught:
        runs.claim(second, options=OPTIONS, pause=30)
    assert 25 < (caught.value.retry_after or 0) <= 30
    assert SyncRun.objects.count() == 1
    shift(first, seconds=-31)
    runs.claim(second, options=OPTIONS, pause=30)


def test_a_run_of_the_schedule_or_a_shell_keeps_nobody_waiting() -> None:
    for trigger in ("schedule", "cli"):
        run = SyncRun(trigger=trigger)
        runs.claim(run, options=OPTIONS)
        runs.close(run, report(run))
    runs.claim(SyncRun(trigger="api"), options=OPTIONS, pause=30)


def test_a_claim_reaps_the_expired_run() -> None:
    expired = claim()
    expire(expired)
    second = claim()
    lost = read(expired)
    assert (lost.status, lost.error_code) == ("lost", "lost")
    assert lost.finished_at is not None
    assert lost.error_message
    assert read(second).status == "running"


def shift(run: SyncRun, **by: float) -> None:
    """Move a run in time, as if the database's clock had been that much ahead when it began."""
    ahead = timedelta(**by)
    SyncRun.objects.filter(pk=run.pk).update(
        started_at=run.started_at + ahead, expires_at=run.expires_at + ahead
    )


@pytest.mark.parametrize("ahead", [{"seconds": 30}, {"hours": 1}, {"days": 4000}])
def test_a_run_that_began_in_the_future_is_lost_at_once(ahead: dict[str, float]) -> None:
    stuck = read(claim())
    shift(stuck, **ahead)
    second = claim()
    assert (read(stuck).status, read(stuck).error_code) == ("lost", "lost")
    assert read(stuck).duration == 0
    assert read(second).status == "running"


def test_a_lease_longer_than_ones_own_is_not_trusted() -> None:
    stuck = claim(lease=86_400)
    claim()
    assert read(stuck).status == "lost"


def test_a_run_that_began_a_little_later_by_another_clock_is_alive() -> None:
    live = read(claim())
    shift(live, seconds=5)
    with pytest.raises(SyncInProgress):
        runs.claim(SyncRun(trigger="cli"), options=OPTIONS)
    assert read(live).status == "running"


def test_a_live_run_is_closed_though_the_clock_was_set_back_under_it() -> None:
    run = read(claim())
    shift(run, hours=1)
    run_in_transaction(lambda: runs.fence(run))
    runs.close(run, report(run))
    assert (read(run).status, read(run).duration) == ("succeeded", 0)


def test_a_closed_run_makes_room_for_the_next_one() -> None:
    for _ in range(3):
        run = claim()
        runs.close(run, report(run))
    assert set(SyncRun.objects.values_list("status")) == {("succeeded",)}


def test_the_fence_lets_the_owner_of_the_lock_through() -> None:
    run = claim()
    run_in_transaction(lambda: runs.fence(run))
    assert read(run).status == "running"


def test_the_fence_stops_a_run_that_has_expired() -> None:
    run = claim()
    expire(run)
    assert_fenced(run)


def test_the_fence_stops_a_run_that_was_reaped() -> None:
    run = claim()
    expire(run)
    rival = claim()
    later = timezone.now() + timedelta(days=1)
    SyncRun.objects.filter(pk=run.pk).update(expires_at=later)
    assert_fenced(run)
    run_in_transaction(lambda: runs.fence(read(rival)))


def assert_fenced(run: SyncRun) -> None:
    with pytest.raises(StoreError) as refusal:
        run_in_transaction(lambda: runs.fence(run))
    assert refusal.value.code == "run_expired"


def test_a_closed_run_tells_what_it_came_to() -> None:
    run = claim()
    problems = (
        Problem("rejected", "data.boothDetails[3].Menus", "값이 없습니다."),
        Problem("duplicate", "data.boothDetails[4]", "또 있습니다."),
    )
    answer = {"feed_bytes": 11_604, "feed_sha256": "ab" * 32, "http_status": 200}
    stages = {"fetch": 0.123456}
    runs.close(run, report(run, "partial", plan=make_plan(*problems), stages=stages, **answer))
    row = read(run)
    assert (row.status, row.error_code, row.error_message) == ("partial", "", "")
    assert (row.counts["booths"]["created"], row.counts["menus"]["rejected"]) == (3, 2)
    assert {len(counts) for counts in row.counts.values()} == {7}
    assert row.stages == {"fetch": 0.1235}
    assert row.problems == [problems[0]._asdict()]
    assert (row.feed_bytes, row.feed_sha256, row.http_status) == (11_604, "ab" * 32, 200)
    assert row.finished_at is not None
    assert row.finished_at >= row.started_at


def test_a_refused_run_keeps_the_problems_of_its_list() -> None:
    run = claim()
    problems = (
        Problem("missing", "data.boothDetails", "'가' 부스가 목록에 없습니다."),
        Problem("rejected", "data.boothDetails[3].Menus", "값이 없습니다."),
        Problem("duplicate", "data.boothDetails[4]", "또 있습니다."),
    )
    error = UnsafePlan("사라졌습니다.", code="feed_shrunk", problems=problems)
    runs.close_failed(run, report(run, "failed", error=error))
    assert read(run).problems == [problem._asdict() for problem in problems[:2]]


def test_a_failed_run_tells_why_in_500_characters() -> None:
    run = claim()
    error = FeedError("가" * 900, code="feed_malformed")
    runs.close_failed(run, report(run, "failed", error=error, http_status=200))
    row = read(run)
    assert (row.status, row.error_code, row.error_message) == (
        "failed",
        "feed_malformed",
        "가" * 500,
    )
    assert (row.http_status, row.feed_bytes, row.feed_sha256) == (200, None, "")


def test_only_the_first_hundred_rejected_items_are_kept() -> None:
    run = claim()
    problems = [
        Problem("rejected", f"data.boothDetails[{n}]", "객체가 아닙니다.") for n in range(250)
    ]
    runs.close(run, report(run, plan=make_plan(*problems)))
    assert [p["path"] for p in read(run).problems] == [p.path for p in problems[:100]]


def test_a_reaped_run_cannot_be_closed_any_more() -> None:
    run = claim()
    expire(run)
    rival = claim()
    for status in ("succeeded", "failed", "aborted"):
        error = BoothSyncError("늦었습니다.", code="late")
        runs.close_failed(run, report(run, status, error=error))
    assert (read(run).status, read(run).error_code) == ("lost", "lost")
    assert read(rival).status == "running"


def test_a_claim_forgets_runs_older_than_the_history() -> None:
    for days in (31, 90):
        store_run(days=days, status="failed")
    kept = [store_run(days=days) for days in (29, 1)]
    kept.append(claim())
    assert set(SyncRun.objects.values_list("pk", flat=True)) == {run.pk for run in kept}


def test_a_claim_never_forgets_the_last_success() -> None:
    store_run(days=80)
    last = store_run(days=50, status="partial")
    store_run(days=40, status="failed")
    run = claim()
    assert set(SyncRun.objects.values_list("pk", flat=True)) == {last.pk, run.pk}


def test_the_history_is_as_long_as_the_settings_say() -> None:
    store_run(days=3, status="failed")
    kept = store_run(days=1, status="failed")
    run = claim(history_days=2)
    assert set(SyncRun.objects.values_list("pk", flat=True)) == {kept.pk, run.pk}
