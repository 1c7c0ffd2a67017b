"""Runs, plans, the history and the status as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from msgspec.structs import asdict

from booth import texts
from booth.cli.columns import measure, pad
from booth.models import SyncRun
from booth.sync.plan import MAX_PROBLEMS, RESULTS, Counts, Plan
from booth.sync.report import RunReport

if TYPE_CHECKING:  # a sync shows no schedule
    from booth.control.timetable import Entry, Timetable
    from booth.status import Status

SIGNS = {"create": "+", "update": "~", "miss": "-"}
_COLORS = {"+": "32", "~": "33", "-": "31", "!": "35"}


def render_plan(plan: Plan, *, color: bool) -> Iterator[str]:
    """Yield a line for each row that would change and each item that would not be used.

    Of many rows or items the first, and how many more there are.
    """
    from booth.changes import describe_field, list_changes  # of a dry run alone

    changes = list_changes(plan)
    for change in changes:
        name = " / ".join(filter(None, (change["booth"], change["menu"])))
        fields = " · ".join(
            describe_field(field, old, new) for field, (old, new) in change["fields"].items()
        )
        yield _paint(SIGNS[change["kind"]], f"{name}  {fields}".rstrip(), color=color)
    if more := plan.size - len(changes):
        yield f"… 그 밖에 바뀌는 것이 {more}개 더 있습니다."
    for problem in plan.problems:
        sign = "!" if problem.kind == "rejected" else "="
        yield _paint(sign, problem.describe(), color=color)
    if plan.more_problems:
        yield texts.MORE_PROBLEMS.format(plan.more_problems)
    if plan.is_empty:
        yield "바뀌는 것이 없습니다."


def render_report(report: RunReport) -> Iterator[str]:
    """Yield the lines that tell what a run came to."""
    if report.error:
        yield f"{report.error.message} [{report.error.code}]"
        yield from _render_problems(report, most=texts.REFUSED_FOR)
        return
    title = "미리 보기" if report.dry_run else f"실행 #{report.run}"
    yield f"{title}: {SyncRun.Status(report.status).label} ({report.duration:.2f}초)"
    yield from render_counts(report.counts)
    if not report.dry_run:
        yield from _render_problems(report, most=MAX_PROBLEMS)


def _render_problems(report: RunReport, *, most: int) -> Iterator[str]:
    for problem in report.problems[:most]:
        yield f"  {texts.RESULTS[problem.kind]}  {problem.describe()}"
    if more := len(report.problems[most:]) + report.more_problems:
        yield f"  {texts.MORE_PROBLEMS.format(more)}"


def render_counts(counts: Counts) -> Iterator[str]:
    """Yield a line of counts for booths and one for menus."""
    for name, label in texts.ENTITIES.items():
        numbers = asdict(getattr(counts, name))
        yield f"  {label}: " + " · ".join(f"{texts.RESULTS[r]} {numbers[r]}" for r in RESULTS)


def _paint(sign: str, text: str, *, color: bool) -> str:
    line = f"{sign} {text}"
    return f"\033[{_COLORS[sign]}m{line}\033[0m" if color and sign in _COLORS else line


def render_runs(runs: Sequence[SyncRun]) -> Iterator[str]:
    """Yield the history as a table."""
    if not runs:
        yield "아직 실행한 적이 없습니다. 한 번 실행하려면 'booth_sync sync'를 쓰세요."
        return
    header = ("#", "시작", "상태", "계기", "초", "부스 +/~/-/!", "메뉴 +/~/-/!")
    titles, *rows = align([header, *map(_make_row, runs)])
    yield titles
    for run, row in zip(runs, rows, strict=True):
        yield row
        if run.error_code:  # beside the counts it would not fit into 80 columns
            yield f"    [{run.error_code}]"


def render_status(status: Status) -> Iterator[str]:
    """Yield the lines of ``booth_sync status``."""
    yield f"D-Order: {status.api_url or '설정되지 않음'}"
    yield f"예약 실행: {_describe_schedule(status.timetable)}"
    for entry in status.timetable.entries:
        name, *parts = _describe_entry(entry)
        yield f"  {name}"
        yield from (f"    {part}" for part in parts)
    yield f"지금 실행 중: {'예' if status.running else '아니요'}"
    for label, run in (("마지막 실행", status.last_run), ("마지막 성공", status.last_success)):
        yield from f"{label}: {_describe_run(run)}".split("\n")
    yield f"데이터: {_describe_age(status)}"
    rows = status.rows
    yield f"저장된 부스: {rows['booths']}개 (사라진 것 {rows['missing_booths']}개)"
    yield f"저장된 메뉴: {rows['menus']}개 (사라진 것 {rows['missing_menus']}개)"


def _describe_schedule(timetable: Timetable) -> str:
    if not timetable.is_configured:
        return "설정 안 됨 (한 번만 실행하려면 'manage.py booth_sync sync')"
    if timetable.error:
        return f"알 수 없음. {timetable.error.message}"
    interval = f" ({show_period(timetable.interval)} 간격)" if timetable.interval else ""
    return f"켜짐{interval}" if timetable.is_running else "꺼짐"


def _describe_entry(entry: Entry) -> list[str]:
    cronjob = entry.cronjob
    parts = [f"{cronjob.name}: {'꺼짐' if cronjob.suspended else '켜짐'}"]
    parts.append(f"{cronjob.schedule} {cronjob.time_zone or ''}".rstrip())
    if entry.next_run:
        parts.append(f"다음 {show_instant(entry.next_run)}")
    if cronjob.last_schedule:
        parts.append(f"지난 예약 {show_instant(cronjob.last_schedule)}")
    if cronjob.active:
        parts += [f"실행 중인 Job {job}" for job in cronjob.active]
    if cronjob.changed_by:
        at = f" {show_instant(cronjob.changed_at)}" if cronjob.changed_at else ""
        why = f": {cronjob.reason}" if cronjob.reason else ""
        parts.append(f"{'끈' if cronjob.suspended else '켠'} 사람 {cronjob.changed_by}{at}{why}")
    return parts


def _describe_age(status: Status) -> str:
    limit = f"한도 {show_age(status.stale_after)}"
    if status.age is None and status.last_success:
        return "알 수 없음 (마지막 성공의 시각이 지금보다 뒤입니다. 서버의 시계를 확인하세요)"
    if status.age is None:
        return f"아직 없음 ({limit})"
    word = "오래됨" if status.stale else "최신"
    return f"{word} (마지막 성공 후 {show_age(status.age)}, {limit})"


def _describe_run(run: SyncRun | None) -> str:
    if run is None:
        return "아직 없음"
    error = f"\n  {run.error_message} [{run.error_code}]" if run.error_code else ""
    return f"#{run.pk} {show_instant(run.started_at)} {run.get_status_display()}{error}"


def _make_row(run: SyncRun) -> tuple[str, ...]:
    duration = run.duration
    return (
        str(run.pk),
        show_instant(run.started_at),
        run.get_status_display(),
        run.get_trigger_display(),
        "-" if duration is None else f"{duration:.2f}",
        _show_counts(run.counts, "booths"),
        _show_counts(run.counts, "menus"),
    )


def _show_counts(counts: dict[str, dict[str, int]], entity: str) -> str:
    numbers = counts.get(entity, {})
    shown = ("created", "updated", "missing", "rejected")
    return "/".join(str(numbers.get(result, 0)) for result in shown) if numbers else "-"


def show_instant(instant: datetime) -> str:
    """Return an instant in the site's time zone, to the second."""
    return timezone.localtime(instant).strftime("%m-%d %H:%M:%S")


def show_age(age: timedelta) -> str:
    """Return a span of time in the two units that matter."""
    minutes, seconds = divmod(int(age.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}시간 {minutes}분" if hours else f"{minutes}분 {seconds}초"


def show_period(seconds: int) -> str:
    """Return the period of a schedule in the largest unit that divides it, such as ``5분``."""
    for size, unit in ((86_400, "일"), (3600, "시간"), (60, "분")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}초"


def align(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield ``rows`` as lines whose columns stand below each other."""
    widths = [max(map(measure, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (pad(cell, width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
