"""The history and the status as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from booth.models import SyncRun
from booth.render.text import align, show_age, show_instant, show_period
from booth.status import Status, measure_duration
from booth.timetable import Entry, Timetable


def render_runs(runs: Sequence[SyncRun]) -> Iterator[str]:
    """Yield the history as a table."""
    header = ("#", "시작", "상태", "계기", "초", "부스 +/~/-/!", "메뉴 +/~/-/!", "오류")
    yield from align([header, *map(_make_row, runs)])
    if not runs:
        yield "아직 실행한 적이 없습니다."


def render_status(status: Status) -> Iterator[str]:
    """Yield the lines of ``booth_sync status``."""
    yield f"D-Order: {status.api_url or '설정되지 않음'}"
    yield f"예약 실행: {_describe_schedule(status.timetable)}"
    for entry in status.timetable.entries:
        yield f"  {_describe_entry(entry)}"
    yield f"지금 실행 중: {'예' if status.is_executing else '아니요'}"
    for label, run in (("마지막 실행", status.last_run), ("마지막 성공", status.last_success)):
        yield f"{label}: {_describe_run(run)}"
    yield f"데이터: {_describe_age(status)}"
    rows = status.rows
    yield f"저장된 부스: {rows['booths']}개 (사라진 것 {rows['missing_booths']}개)"
    yield f"저장된 메뉴: {rows['menus']}개 (사라진 것 {rows['missing_menus']}개)"


def _describe_schedule(timetable: Timetable) -> str:
    if timetable.error:
        return f"알 수 없음. {timetable.error.message}"
    interval = f" ({show_period(timetable.interval)} 간격)" if timetable.interval else ""
    return f"켜짐{interval}" if timetable.is_running else "꺼짐"


def _describe_entry(entry: Entry) -> str:
    cronjob = entry.cronjob
    parts = [f"{cronjob.name}: {'꺼짐' if cronjob.suspended else '켜짐'}"]
    parts.append(f"{cronjob.schedule} {cronjob.time_zone or ''}".rstrip())
    if entry.next_run:
        parts.append(f"다음 {show_instant(entry.next_run)}")
    if cronjob.last_schedule:
        parts.append(f"지난 예약 {show_instant(cronjob.last_schedule)}")
    if cronjob.active:
        parts.append(f"실행 중인 Job {', '.join(cronjob.active)}")
    if cronjob.changed_by:
        at = f" {show_instant(cronjob.changed_at)}" if cronjob.changed_at else ""
        why = f": {cronjob.reason}" if cronjob.reason else ""
        parts.append(f"{cronjob.changed_by}{at}{why}")
    return " · ".join(parts)


def _describe_age(status: Status) -> str:
    limit = f"한도 {show_age(status.stale_after)}"
    if status.age is None:
        return f"오래됨 (성공한 적이 없음, {limit})"
    word = "오래됨" if status.stale else "최신"
    return f"{word} (마지막 성공 후 {show_age(status.age)}, {limit})"


def _describe_run(run: SyncRun | None) -> str:
    if run is None:
        return "없음"
    error = f" [{run.error_code}] {run.error_message}" if run.error_code else ""
    return f"#{run.pk} {show_instant(run.started_at)} {run.get_status_display()}{error}"


def _make_row(run: SyncRun) -> tuple[str, ...]:
    duration = measure_duration(run)
    return (
        str(run.pk),
        show_instant(run.started_at),
        run.get_status_display(),
        run.get_trigger_display(),
        "-" if duration is None else f"{duration:.2f}",
        _show_counts(run.counts, "booths"),
        _show_counts(run.counts, "menus"),
        run.error_code or "-",
    )


def _show_counts(counts: dict[str, dict[str, int]], entity: str) -> str:
    numbers = counts.get(entity, {})
    shown = ("created", "updated", "missing", "rejected")
    return "/".join(str(numbers.get(result, 0)) for result in shown) if numbers else "-"
