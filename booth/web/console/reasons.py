"""The one sentence that says why it is as it is, and what to do."""

from __future__ import annotations

from msgspec import Struct

from booth.control.timetable import Timetable
from booth.models import SyncRun
from booth.status import Status
from booth.web.console.facts import FRESH, LATE, NEVER, OFF, ON, UNKNOWN, UNSET, Fact
from booth.web.console.times import show_instant


class Reason(Struct, frozen=True):
    """Why it is as it is, and what to do; ``code`` leads to the runbook, where it has a part."""

    text: str
    code: str = ""
    run: int | None = None


def find_reason(status: Status, *, data: Fact, schedule: Fact) -> Reason:
    """Return the sentence that matters most now."""
    if data is UNKNOWN:
        text = "마지막 성공의 시각이 지금보다 뒤입니다. 서버의 시계를 확인하세요."
        return Reason(text)
    explain = _explain_good if data is FRESH else _explain_old
    return explain(status, data=data, schedule=schedule)


def _explain_old(status: Status, *, data: Fact, schedule: Fact) -> Reason:
    failed, error = find_failed(status), status.timetable.error
    if data is LATE and schedule is OFF:
        return Reason(f"예약 실행이 꺼져 있어 데이터가 오래되었습니다. {tell_stop(status)}".strip())
    if failed:
        return Reason(failed.error_message, code=failed.error_code, run=failed.pk)
    if error and schedule is UNKNOWN:
        return Reason(error.message, code=error.code)
    if data is NEVER:
        wait = "첫 실행을 기다리고 있습니다." if schedule is ON else "지금 동기화를 누르세요."
        return Reason(f"아직 성공한 동기화가 없습니다. {wait}")
    if schedule is UNSET:
        text = "예약 실행이 설정되지 않아 저절로 새로워지지 않습니다. 지금 동기화를 누르세요."
        return Reason(text, code="no_cronjob")
    text = "예약 실행이 켜져 있는데도 새 실행이 성공하지 않았습니다. 지난 실행을 확인하세요."
    return Reason(text, code="lost")


def _explain_good(status: Status, *, data: Fact, schedule: Fact) -> Reason:
    failed, last, error = find_failed(status), status.last_run, status.timetable.error
    if failed:
        text = f"마지막 실행이 실패했지만 데이터는 아직 {data.word}입니다. {failed.error_message}"
        return Reason(text, code=failed.error_code, run=failed.pk)
    if error and schedule is UNKNOWN:
        return Reason(error.message, code=error.code)
    if schedule is OFF:
        return Reason(tell_stop(status) or "예약 실행이 꺼져 있습니다. 누가 껐는지는 모릅니다.")
    if schedule is UNSET:
        return Reason("예약 실행이 설정되지 않았습니다. 누를 때만 동기화합니다.", code="no_cronjob")
    if last and last.status == SyncRun.Status.PARTIAL:
        text = "정상입니다. 다만 마지막 실행에서 쓰지 못한 항목이 있습니다."
        return Reason(text, run=last.pk)
    return Reason("정상입니다. 할 일이 없습니다.")


def find_failed(status: Status) -> SyncRun | None:
    """Return the last run that has ended, if it failed."""
    ended = (run for run in status.runs if run.status != SyncRun.Status.RUNNING)
    last = next(ended, None)
    return last if last and last.error_code else None


def tell_stop(status: Status) -> str:
    """Return who turned the schedule off, when and why, as far as it is known."""
    return tell_last_switch(status.timetable, suspended=True)


def tell_last_switch(timetable: Timetable, *, suspended: bool | None = None) -> str:
    """Return who switched last, when and why; empty where nobody is known to."""
    cronjobs = [each.cronjob for each in timetable.entries]
    known = [each for each in cronjobs if each.changed_by and suspended in {None, each.suspended}]
    if not known:
        return ""
    last = max(known, key=lambda each: each.changed_at.timestamp() if each.changed_at else 0.0)
    at = f" {show_instant(last.changed_at)}에" if last.changed_at else ""
    why = f" 이유: {last.reason}" if last.reason else " 이유는 적지 않았습니다."
    return f"{last.changed_by} 님이{at} {'껐습니다' if last.suspended else '켰습니다'}.{why}"


def explain_absence(schedule: Fact) -> str:
    """Return why there is no next run."""
    return {
        OFF: "예약 실행이 꺼져 있어 다음 실행이 없습니다.",
        UNSET: "예약 실행이 설정되지 않아 다음 실행이 없습니다.",
        UNKNOWN: "예약 상태를 알 수 없어 다음 실행도 알 수 없습니다.",
    }.get(schedule, "다음 실행의 시각을 계산할 수 없습니다. CronJob의 schedule을 확인하세요.")
