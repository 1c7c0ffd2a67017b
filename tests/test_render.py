"""The command line's text."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booth.errors import FeedError
from booth.models import SyncRun
from booth.plan import RESULTS, Counts, EntityCounts
from booth.render import (
    RESULT_NAMES,
    STAGE_NAMES,
    render_counts,
    render_plan,
    render_report,
    render_runs,
    render_status,
    supports_color,
)
from booth.report import STAGES, RunReport
from booth.status import Status
from tests.test_plan import booth, menu, plan, store
from tests.test_report import ITEMS, REPORT, STORED

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def make_run(pk: int, status: str, **fields: Any) -> SyncRun:
    return SyncRun(pk=pk, status=status, trigger="schedule", started_at=AT, **fields)


def test_a_plan_is_shown_as_one_line_for_each_row_and_problem() -> None:
    assert list(render_plan(plan(ITEMS, STORED), color=False)) == [
        "- 가 / 두부",
        "+ 가 / 라면  ingredient 0",
        "~ 가 / 파전  ingredient 5 → 4",
        "~ 나  usage_table 3 → 2  can_usage 아니요 → 예",
        "+ 다  all_table 0  usage_table 0  can_usage 아니요",
        "- 라",
        "! data.boothDetails[3].boothAllTable  0~2147483647 범위의 정숫값이어야 합니다.",
    ]


def test_colors_wrap_whole_lines_and_say_nothing_new() -> None:
    made = plan([*ITEMS, booth("나", 0)], STORED)
    plain = list(render_plan(made, color=False))
    colored = list(render_plan(made, color=True))
    colors = {"+": "32", "~": "33", "-": "31", "!": "35"}
    assert plain[-1].startswith("= ")
    assert colored == [
        f"\033[{colors[line[0]]}m{line}\033[0m" if line[0] in colors else line for line in plain
    ]


def test_a_plan_without_changes_says_so() -> None:
    items = [booth("가", menus=[menu("파전", 1)])]
    assert list(render_plan(plan(items, store(*items)), color=True)) == ["바뀌는 것이 없습니다."]


@pytest.mark.parametrize(
    ("value", "colored"), [(None, True), ("", True), ("1", False), ("0", False)]
)
def test_a_terminal_is_colored_unless_no_color_is_set(
    monkeypatch: pytest.MonkeyPatch, value: str | None, colored: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)
    assert supports_color(Terminal()) is colored
    assert not supports_color(io.StringIO())


def test_a_report_tells_the_counts_and_every_problem() -> None:
    lines = list(render_report(REPORT))
    assert lines[0] == "동기화 #7: 일부 성공 (1.23초)"
    assert lines[1] == "  부스: 생성 1 · 변경 1 · 그대로 1 · 사라짐 1 · 거부 1 · 중복 0 · 충돌 0"
    assert lines[2] == "  메뉴: 생성 1 · 변경 1 · 그대로 1 · 사라짐 1 · 거부 0 · 중복 0 · 충돌 0"
    assert lines[3].startswith("  거부  data.boothDetails[3].boothAllTable  ")
    assert len(lines) == 4


def test_a_rehearsal_does_not_repeat_the_problems_of_its_plan() -> None:
    report = RunReport(
        run=None, status="partial", trigger="cli", dry_run=True, plan=REPORT.plan, duration=0.5
    )
    lines = list(render_report(report))
    assert lines[0] == "미리 보기: 일부 성공 (0.50초)"
    assert len(lines) == 3


def test_a_failed_run_is_one_sentence_and_its_code() -> None:
    error = FeedError("읽을 수 없습니다.", code="feed_malformed")
    report = RunReport(run=1, status="failed", trigger="cli", error=error)
    assert list(render_report(report)) == ["읽을 수 없습니다. [feed_malformed]"]


def test_every_count_and_every_stage_has_a_korean_name() -> None:
    assert tuple(RESULT_NAMES) == RESULTS
    assert tuple(STAGE_NAMES) == STAGES
    numbers = EntityCounts(**{name: i for i, name in enumerate(RESULTS, 1)})
    (line, _menus) = render_counts(Counts(booths=numbers))
    assert [int(part.split()[-1]) for part in line.split("·")] == [1, 2, 3, 4, 5, 6, 7]


def test_the_columns_of_the_history_line_up_though_hangul_is_wide() -> None:
    booths = {"created": 12, "updated": 3, "missing": 0, "rejected": 1}
    done = make_run(
        10, "succeeded", finished_at=AT + timedelta(seconds=1.5), counts={"booths": booths}
    )
    failed = make_run(9, "partial", error_code="database")
    assert list(render_runs([done, failed])) == [
        "#   시작            상태       계기  초    부스 +/~/-/!  메뉴 +/~/-/!  오류",
        "10  11-23 18:00:00  성공       예약  1.50  12/3/0/1      -             -",
        "9   11-23 18:00:00  일부 성공  예약  -     -             -             database",
    ]


def test_an_empty_history_says_so() -> None:
    assert list(render_runs([]))[1:] == ["아직 실행한 적이 없습니다."]


@pytest.mark.parametrize(
    ("age", "shown"), [(59, "0분 59초"), (3599, "59분 59초"), (7260, "2시간 1분")]
)
def test_the_status_tells_runs_rows_and_the_age_of_the_last_success(age: int, shown: str) -> None:
    status = Status(
        api_url="https://host/booths/",
        last_run=make_run(2, "failed", error_code="timeout", error_message="느립니다."),
        last_success=make_run(1, "succeeded"),
        age=timedelta(seconds=age),
        is_executing=False,
        rows={"booths": 12, "missing_booths": 2, "menus": 85, "missing_menus": 1},
    )
    lines = list(render_status(status))
    for line in (
        "D-Order: https://host/booths/",
        "지금 실행 중: 아니요",
        "마지막 실행: #2 11-23 18:00:00 실패 [timeout] 느립니다.",
        "마지막 성공: #1 11-23 18:00:00 성공",
        f"마지막 성공 후 지난 시간: {shown}",
        "저장된 부스: 12개 (사라진 것 2개)",
        "저장된 메뉴: 85개 (사라진 것 1개)",
    ):
        assert line in lines


def test_the_status_of_an_empty_site_is_told_without_an_age() -> None:
    rows = dict.fromkeys(("booths", "missing_booths", "menus", "missing_menus"), 0)
    status = Status(
        api_url="", last_run=None, last_success=None, age=None, is_executing=True, rows=rows
    )
    lines = list(render_status(status))
    assert "D-Order: 설정되지 않음" in lines
    assert "마지막 성공: 없음" in lines
    assert not any("지난 시간" in line for line in lines)
