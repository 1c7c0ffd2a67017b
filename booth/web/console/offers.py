"""What may be pressed now: what would be refused is not offered, and a sentence says why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from booth.models import SyncRun
from booth.status import Status
from booth.web.console.facts import OFF, ON, UNKNOWN, UNSET, Fact
from booth.web.console.times import show_instant
from booth.web.presses import PAUSE_SECONDS

BY_HAND = (SyncRun.Trigger.API, SyncRun.Trigger.CONSOLE)


class Offers(Struct, frozen=True):
    """What may be pressed now; of what may not ``absent`` says why, and until when."""

    start: bool = False
    stop: bool = False
    sync: bool = False
    preview: bool = False
    absent: tuple[str, ...] = ()


def make_offers(status: Status, *, schedule: Fact, now: datetime) -> Offers:
    """Return what may be pressed; what would be refused is not offered."""
    absent = []
    differs = schedule is UNKNOWN and bool(status.timetable.entries)
    if schedule is UNKNOWN and not differs:
        absent.append("예약 상태를 알 수 없는 동안에는 켜거나 끌 수 없습니다.")
    if schedule is UNSET:
        absent.append("CronJob이 설정되지 않아 켜거나 끌 것이 없습니다.")
    if status.running:
        ends = show_instant(status.running.expires_at)
        absent.append(f"실행 중에는 다시 동기화할 수 없습니다. 늦어도 {ends}에 끝납니다.")
    elif free_at := find_pause(status.runs, now=now):
        at = show_instant(free_at)
        absent.append(f"방금 동기화했습니다. 지금 동기화는 {at}부터 다시 할 수 있습니다.")
    return Offers(
        start=schedule is OFF or differs,
        stop=schedule is ON or differs,
        sync=not status.running and not find_pause(status.runs, now=now),
        preview=True,
        absent=tuple(absent),
    )


def find_pause(runs: Sequence[SyncRun], *, now: datetime) -> datetime | None:
    """Return from when on somebody may sync by hand, None where that is now."""
    pause = timedelta(seconds=PAUSE_SECONDS)
    last = next((run for run in runs if run.trigger in BY_HAND), None)
    return last.started_at + pause if last and last.started_at + pause > now else None
