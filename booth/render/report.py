"""A run as text: its plan, its report, its stages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from msgspec.structs import asdict

from booth.models import SyncRun
from booth.plan import RESULTS, Counts, Plan
from booth.report import RunReport, list_changes

RESULT_NAMES = {
    "created": "생성",
    "updated": "변경",
    "unchanged": "그대로",
    "missing": "사라짐",
    "rejected": "거부",
    "duplicate": "중복",
    "conflict": "충돌",
}
STAGE_NAMES = {"fetch": "받는 중", "parse": "읽는 중", "plan": "비교 중", "store": "저장 중"}
SIGNS = {"create": "+", "update": "~", "miss": "-"}
_COLORS = {"+": "32", "~": "33", "-": "31", "!": "35"}


def supports_color(stream: Any) -> bool:
    """Tell whether ``stream`` is a terminal whose user has not set NO_COLOR."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR")


def render_plan(plan: Plan, *, color: bool) -> Iterator[str]:
    """Yield a line for each row that would change and each item that would not be used."""
    for change in list_changes(plan):
        name = " / ".join(filter(None, (change["booth"], change["menu"])))
        fields = "  ".join(
            f"{field} {_show(old)} → {_show(new)}" if old is not None else f"{field} {_show(new)}"
            for field, (old, new) in change["fields"].items()
        )
        yield _paint(SIGNS[change["kind"]], f"{name}  {fields}".rstrip(), color=color)
    for problem in plan.problems:
        sign = "!" if problem.kind == "rejected" else "="
        yield _paint(sign, f"{problem.path}  {problem.reason}", color=color)
    if plan.is_empty:
        yield "바뀌는 것이 없습니다."


def render_report(report: RunReport) -> Iterator[str]:
    """Yield the lines that tell what a run came to."""
    if report.error:
        yield f"{report.error.message} [{report.error.code}]"
        return
    title = "미리 보기" if report.dry_run else f"동기화 #{report.run}"
    yield f"{title}: {SyncRun.Status(report.status).label} ({report.duration:.2f}초)"
    yield from render_counts(report.counts)
    if not report.dry_run:
        for problem in report.problems:
            yield f"  {RESULT_NAMES[problem.kind]}  {problem.path}  {problem.reason}"


def render_counts(counts: Counts) -> Iterator[str]:
    """Yield a line of counts for booths and one for menus."""
    for label, entity in (("부스", counts.booths), ("메뉴", counts.menus)):
        numbers = asdict(entity)
        yield f"  {label}: " + " · ".join(f"{RESULT_NAMES[r]} {numbers[r]}" for r in RESULTS)


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return "예" if value else "아니요"
    return "없음" if value is None else str(value)


def _paint(sign: str, text: str, *, color: bool) -> str:
    line = f"{sign} {text}"
    return f"\033[{_COLORS[sign]}m{line}\033[0m" if color and sign in _COLORS else line
