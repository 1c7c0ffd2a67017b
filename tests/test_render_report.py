"""A run as text."""

import io

import pytest

from booth import texts
from booth.cli.output import Output
from booth.cli.render import render_counts, render_plan, render_report
from booth.errors import FeedError, Problem, UnsafePlan
from booth.sync.plan import RESULTS, Counts, EntityCounts
from booth.sync.report import STAGES, RunReport
from tests.test_documents import ITEMS, REPORT, STORED
from tests.test_plan import booth, menu, plan, store


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_plan_is_shown_as_one_line_for_each_row_and_problem() -> None:
    assert list(render_plan(plan(ITEMS, STORED), color=False)) == [
        "- 가 / 두부",
        "+ 가 / 라면  재고 0",
        "~ 가 / 파전  재고 5 → 4",
        "~ 나  사용 중 3 → 2 · 이용 불가 → 이용 가능",
        "+ 다  테이블 0 · 사용 중 0 · 이용 불가",
        "- 라",
        "! 다: -1입니다. 0 이상 2147483647 이하의 정수여야 합니다. "
        "(data.boothDetails[3].boothAllTable)",
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
    assert Output(Terminal(), io.StringIO()).has_color is colored
    assert not Output(io.StringIO(), Terminal()).has_color


def test_a_report_tells_the_counts_and_every_problem() -> None:
    lines = list(render_report(REPORT))
    assert lines[0] == "실행 #7: 일부 성공 (1.23초)"
    assert lines[1] == "  부스: 생성 1 · 변경 1 · 그대로 1 · 사라짐 1 · 거부 1 · 중복 0 · 충돌 0"
    assert lines[2] == "  메뉴: 생성 1 · 변경 1 · 그대로 1 · 사라짐 1 · 거부 0 · 중복 0 · 충돌 0"
    assert lines[3].startswith("  거부  다: -1입니다. ")
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


def test_a_refused_run_shows_the_first_three_problems_and_counts_the_others() -> None:
    problems = tuple(Problem("rejected", f"data[{i}]", "값이 없습니다.") for i in range(5))
    error = UnsafePlan("거부했습니다.", code="feed_rejected", problems=problems, more_problems=2)
    report = RunReport(run=1, status="failed", trigger="cli", error=error)
    assert list(render_report(report)) == [
        "거부했습니다. [feed_rejected]",
        "  거부  값이 없습니다. (data[0])",
        "  거부  값이 없습니다. (data[1])",
        "  거부  값이 없습니다. (data[2])",
        "  … 그 밖에 문제 항목이 4개 더 있습니다.",
    ]


def test_a_run_of_many_problems_shows_a_hundred_and_counts_the_others() -> None:
    made = plan([booth("가", 1)] * 250)
    report = RunReport(run=1, status="succeeded", trigger="cli", plan=made)
    lines = list(render_report(report))
    assert len(lines) == 3 + 100 + 1
    assert lines[3].startswith("  중복  가: 같은 이름의 부스가 또 있어, ")
    assert lines[3].endswith(" (data.boothDetails[1])")
    assert lines[-1] == "  … 그 밖에 문제 항목이 149개 더 있습니다."


def test_a_plan_of_many_changes_and_problems_shows_the_first_and_counts_the_others() -> None:
    menus = [menu(f"메뉴{i:04}") for i in range(1200)]
    made = plan([booth("가", 2, 1, menus), *[booth("가", 1)] * 250])
    lines = list(render_plan(made, color=False))
    assert lines[0].startswith("+ 가  테이블 2")
    assert lines[999] == "+ 가 / 메뉴0998"
    assert lines[1000] == "… 그 밖에 바뀌는 것이 201개 더 있습니다."
    assert lines[1001].startswith("= 가: 같은 이름의 부스가 또 있어, ")
    assert lines[-1] == "… 그 밖에 문제 항목이 150개 더 있습니다."
    assert len(lines) == 1000 + 1 + 100 + 1


def test_every_count_and_every_stage_has_a_korean_name() -> None:
    assert tuple(texts.RESULTS) == RESULTS
    assert tuple(texts.STAGES) == STAGES
    numbers = EntityCounts(**{name: i for i, name in enumerate(RESULTS, 1)})
    (line, _menus) = render_counts(Counts(booths=numbers))
    assert [int(part.split()[-1]) for part in line.split("·")] == [1, 2, 3, 4, 5, 6, 7]
