"""The history and the status as text."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booth.cli.render import render_runs, render_status, show_age, show_period
from booth.control import CronJob, make_error
from booth.control.timetable import Entry, Timetable
from booth.models import SyncRun
from booth.status import Status
from tests.test_timetable import make_cronjob

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROWS = {"booths": 12, "missing_booths": 2, "menus": 85, "missing_menus": 1}


def make_run(pk: int, status: str, **fields: Any) -> SyncRun:
    return SyncRun(pk=pk, status=status, trigger="schedule", started_at=AT, **fields)


def make_status(**fields: Any) -> Status:
    usual: dict[str, Any] = {
        "api_url": "https://host/booths/",
        "timetable": Timetable(is_running=True, interval=300),
        "runs": (),
        "running": None,
        "last_success": None,
        "age": None,
        "stale_after": timedelta(minutes=15),
        "rows": ROWS,
    }
    return Status(**usual | fields)


def describe_schedule(timetable: Timetable) -> list[str]:
    """Return the lines from the schedule to its last CronJob."""
    lines = list(render_status(make_status(timetable=timetable)))
    return lines[1 : lines.index("지금 실행 중: 아니요")]


def test_the_columns_of_the_history_line_up_though_hangul_is_wide() -> None:
    booths = {"created": 12, "updated": 3, "missing": 0, "rejected": 1}
    done = make_run(
        10, "succeeded", finished_at=AT + timedelta(seconds=1.5), counts={"booths": booths}
    )
    failed = make_run(9, "partial", error_code="database")
    assert list(render_runs([done, failed])) == [
        "#   시작            상태       계기  초    부스 +/~/-/!  메뉴 +/~/-/!",
        "10  11-23 18:00:00  성공       예약  1.50  12/3/0/1      -",
        "9   11-23 18:00:00  일부 성공  예약  -     -             -",
        "    [database]",
    ]


def test_an_empty_history_says_so() -> None:
    [line] = render_runs([])
    assert line.startswith("아직 실행한 적이 없습니다.")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(59, "0분 59초"), (3599, "59분 59초"), (7260, "2시간 1분")]
)
def test_an_age_is_told_in_the_two_units_that_matter(seconds: int, shown: str) -> None:
    assert show_age(timedelta(seconds=seconds)) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(60, "1분"), (300, "5분"), (90, "90초"), (3600, "1시간"), (5400, "90분"), (86_400, "1일")],
)
def test_a_period_is_told_in_one_unit(seconds: int, shown: str) -> None:
    assert show_period(seconds) == shown


def test_the_status_tells_runs_rows_and_the_age_of_the_last_success() -> None:
    status = make_status(
        runs=(make_run(2, "failed", error_code="timeout", error_message="느립니다."),),
        last_success=make_run(1, "succeeded"),
        age=timedelta(minutes=4, seconds=2),
    )
    assert list(render_status(status)) == [
        "D-Order: https://host/booths/",
        "예약 실행: 켜짐 (5분 간격)",
        "지금 실행 중: 아니요",
        "마지막 실행: #2 11-23 18:00:00 실패",
        "  느립니다. [timeout]",
        "마지막 성공: #1 11-23 18:00:00 성공",
        "데이터: 최신 (마지막 성공 후 4분 2초, 한도 15분 0초)",
        "저장된 부스: 12개 (사라진 것 2개)",
        "저장된 메뉴: 85개 (사라진 것 1개)",
    ]


@pytest.mark.parametrize(
    ("age", "line"),
    [
        (timedelta(minutes=15), "데이터: 최신 (마지막 성공 후 15분 0초, 한도 15분 0초)"),
        (timedelta(hours=2), "데이터: 오래됨 (마지막 성공 후 2시간 0분, 한도 15분 0초)"),
        (None, "데이터: 아직 없음 (한도 15분 0초)"),
    ],
)
def test_stale_data_is_told_with_its_age_and_the_limit(age: timedelta | None, line: str) -> None:
    status = make_status(age=age)
    assert line in render_status(status)
    assert status.stale is ("최신" not in line)


def test_a_success_in_the_future_is_not_fresh_and_is_told() -> None:
    status = make_status(last_success=make_run(1, "succeeded"), age=None)
    [line] = [line for line in render_status(status) if line.startswith("데이터: ")]
    assert line.startswith("데이터: 알 수 없음 (마지막 성공의 시각이 지금보다 뒤입니다.")
    assert "시계" in line
    assert status.stale is True


def test_an_empty_site_has_no_runs_to_tell_of() -> None:
    lines = list(render_status(make_status(api_url="", running=make_run(1, "running"))))
    assert lines[0] == "D-Order: 설정되지 않음"
    assert "지금 실행 중: 예" in lines
    assert "마지막 성공: 아직 없음" in lines


def test_each_cronjob_tells_what_is_known_of_it() -> None:
    running = Entry(
        cronjob=make_cronjob(last_schedule=AT, active=("booth-sync-29",)),
        next_run=AT + timedelta(minutes=5),
    )
    stopped = Entry(cronjob=make_stopped(), next_run=None)
    assert describe_schedule(Timetable(entries=(running, stopped), is_running=False)) == [
        "예약 실행: 꺼짐",
        "  booth-sync: 켜짐",
        "    */5 * * * * Asia/Seoul",
        "    다음 11-23 18:05:00",
        "    지난 예약 11-23 18:00:00",
        "    실행 중인 Job booth-sync-29",
        "  booth-sync-peak: 꺼짐",
        "    * 17-23 * * *",
        "    끈 사람 민지 11-23 18:00:00: 점검",
    ]


def make_stopped() -> CronJob:
    return make_cronjob(
        name="booth-sync-peak",
        schedule="* 17-23 * * *",
        time_zone=None,
        suspended=True,
        changed_by="민지",
        changed_at=AT,
        reason="점검",
    )


def test_a_schedule_that_cannot_be_read_says_why() -> None:
    [line] = describe_schedule(Timetable(error=make_error("unreachable")))
    assert line.startswith("예약 실행: 알 수 없음. Kubernetes API 서버에 연결할 수 없습니다.")
