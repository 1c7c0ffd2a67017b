"""What the console's first page says, for every state that there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booth.control.timetable import Entry, Timetable
from booth.errors import ControlError
from booth.models import SyncRun
from booth.status import Status
from booth.web.console.board import Board, make_board
from tests.test_timetable import make_cronjob

NOW = datetime(2026, 11, 25, 11, 31, 5, tzinfo=UTC)  # 20:31:05 in Seoul, a Wednesday
MINUTE = timedelta(minutes=1)
ON, OFF = False, True


def make_run(status: str = "succeeded", *, minutes: float = 2, **fields: Any) -> SyncRun:
    """Return a run that began so many minutes ago."""
    began = NOW - minutes * MINUTE
    usual: dict[str, Any] = {
        "pk": 7,
        "trigger": "schedule",
        "started_at": began,
        "expires_at": began + 2 * MINUTE,
        "finished_at": None if status == "running" else began + timedelta(seconds=1),
    }
    return SyncRun(status=status, **usual | fields)


def make_timetable(*suspended: bool, **notes: Any) -> Timetable:
    """Return a schedule of CronJobs, suspended or not; the next run is in four minutes."""
    entries = tuple(
        Entry(
            cronjob=make_cronjob(name=f"cron-{number}", suspended=each, **notes),
            next_run=None if each else NOW + 4 * MINUTE,
        )
        for number, each in enumerate(suspended)
    )
    return Timetable(entries=entries, is_running=not all(suspended), interval=300)


def make_status(timetable: Timetable, *runs: SyncRun, age: float | None = 2) -> Status:
    """Return a status; ``age`` in minutes is that of the last run that succeeded."""
    good = next((run for run in runs if run.status in {"succeeded", "partial"}), None)
    return Status(
        api_url="https://d-order.invalid/",
        timetable=timetable,
        runs=runs,
        running=next((run for run in runs if run.status == "running"), None),
        last_success=good,
        age=age * MINUTE if good and age is not None else None,
        stale_after=15 * MINUTE,
        rows={},
    )


def look(
    timetable: Timetable, *runs: SyncRun, age: float | None = 2, operates: bool = True
) -> Board:
    return make_board(make_status(timetable, *runs, age=age), now=NOW, operates=operates)


def test_all_is_well() -> None:
    board = look(make_timetable(ON), make_run())
    assert board.title == "● 최신 · 예약 ● 켜짐"
    assert (board.kind, board.next_run) == ("fresh", NOW + 4 * MINUTE)
    assert board.reason.text == "정상입니다. 할 일이 없습니다."
    offers = board.offers
    assert (offers.start, offers.stop, offers.sync, offers.preview) == (False, True, True, True)
    assert offers.absent == ()


def test_fresh_data_never_hides_that_the_schedule_is_off() -> None:
    notes = {"changed_by": "민지", "changed_at": NOW - 6 * MINUTE, "reason": "무대 점검"}
    board = look(make_timetable(OFF, **notes), make_run())
    assert (board.title, board.kind) == ("● 최신 · 예약 ■ 중지됨", "off")
    assert board.reason.text == "민지 님이 11-25 (수) 20:25:05에 껐습니다. 이유: 무대 점검"
    assert board.no_next == "예약 실행이 꺼져 있어 다음 실행이 없습니다."
    assert (board.offers.start, board.offers.stop) == (True, False)


def test_old_data_is_explained_by_the_stop_that_made_it_old() -> None:
    notes = {"changed_by": "민지", "changed_at": None, "reason": ""}
    board = look(make_timetable(OFF, **notes), make_run(minutes=60), age=59)
    assert (board.title, board.kind) == ("▲ 지연 · 예약 ■ 중지됨", "late")
    assert "꺼져 있어 데이터가 오래되었습니다. 민지 님이 껐습니다." in board.reason.text


def test_old_data_is_explained_by_the_error_of_the_last_run() -> None:
    failed = make_run("failed", pk=8, error_code="source_http_500", error_message="D-Order가 …")
    board = look(make_timetable(ON), failed, make_run(minutes=60), age=59)
    assert board.title == "▲ 지연 · 예약 ● 켜짐"
    reason = board.reason
    assert (reason.text, reason.code, reason.run) == ("D-Order가 …", "source_http_500", 8)


def test_one_failure_is_told_while_the_data_is_still_fresh() -> None:
    told = {"error_code": "source_http_500", "error_message": "D-Order가 …"}
    failed = make_run("failed", minutes=1, **told)
    board = look(make_timetable(ON), failed, make_run(), age=6)
    assert board.kind == "fresh"
    assert board.reason.text.startswith("마지막 실행이 실패했지만 데이터는 아직 최신입니다.")


def test_what_could_not_be_used_is_no_failure_but_is_told() -> None:
    board = look(make_timetable(ON), make_run("partial"))
    assert board.reason.text.startswith("정상입니다. 다만")
    assert board.reason.run == 7


def test_the_first_use() -> None:
    unset = Timetable(error=ControlError("…", reason="not_configured"))
    board = look(unset)
    assert board.title == "○ 아직 실행된 적 없음 · 예약 ○ 설정 안 됨"
    assert board.reason.text == "아직 성공한 동기화가 없습니다. 지금 동기화를 누르세요."
    assert (board.offers.start, board.offers.stop, board.offers.sync) == (False, False, True)
    waiting = look(make_timetable(ON))
    assert waiting.reason.text.endswith("첫 실행을 기다리고 있습니다.")


def test_a_cluster_that_does_not_answer_is_told_and_nothing_is_switched() -> None:
    gone = Timetable(error=ControlError("클러스터에 닿지 않습니다.", reason="unreachable"))
    board = look(gone, make_run())
    assert (board.title, board.kind) == ("● 최신 · 예약 ◆ 알 수 없음", "unknown")
    assert board.reason.text == "클러스터에 닿지 않습니다."
    assert board.no_next.startswith("예약 상태를 알 수 없어")
    assert (board.offers.start, board.offers.stop, board.offers.sync) == (False, False, True)
    assert "켜거나 끌 수 없습니다." in board.offers.absent[0]


def test_cronjobs_that_differ_can_be_switched_either_way() -> None:
    table = make_timetable(ON, OFF)
    error = ControlError("CronJob의 상태가 서로 다릅니다.", reason="differing")
    board = look(Timetable(entries=table.entries, error=error), make_run())
    assert board.schedule.word == "알 수 없음"
    assert board.next_run == NOW + 4 * MINUTE
    assert (board.offers.start, board.offers.stop) == (True, True)


def test_a_clock_that_is_off_is_told() -> None:
    board = look(make_timetable(ON), make_run(), age=None)
    assert board.data.word == "알 수 없음"
    assert "시계" in board.reason.text


def test_a_run_under_way_ends_with_its_lease_and_says_when() -> None:
    board = look(make_timetable(ON), make_run("running", minutes=1), make_run())
    assert board.running
    assert not board.offers.sync
    assert board.offers.absent == (
        "실행 중에는 다시 동기화할 수 없습니다. 늦어도 11-25 (수) 20:32:05에 끝납니다.",
    )


@pytest.mark.parametrize(("trigger", "waits"), [("console", True), ("api", True), ("cli", False)])
def test_after_a_sync_by_hand_the_next_one_waits_and_says_until_when(
    trigger: str, waits: bool
) -> None:
    board = look(make_timetable(ON), make_run(minutes=1 / 6, trigger=trigger))
    assert board.offers.sync is not waits
    told = ("방금 동기화했습니다. 지금 동기화는 11-25 (수) 20:31:25부터 다시 할 수 있습니다.",)
    assert board.offers.absent == (told if waits else ())


def test_who_only_sees_is_offered_nothing() -> None:
    offers = look(make_timetable(ON), make_run(), operates=False).offers
    assert not any((offers.start, offers.stop, offers.sync, offers.preview))


def test_what_was_seen_changes_with_the_schedule_and_with_nothing_else() -> None:
    board = look(make_timetable(ON), make_run())
    assert board.seen
    assert look(make_timetable(ON), make_run(), make_run()).seen == board.seen
    assert look(make_timetable(OFF), make_run()).seen != board.seen
    later = make_timetable(ON, changed_by="x", changed_at=NOW)
    assert look(later, make_run()).seen != board.seen
