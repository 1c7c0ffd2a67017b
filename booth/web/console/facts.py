"""The two facts of the sync, of which neither ever hides the other."""

from __future__ import annotations

from msgspec import Struct

from booth.control.timetable import Timetable
from booth.status import Status


class Fact(Struct, frozen=True):
    """A state as word and shape; ``kind`` names its colour and its icon."""

    kind: str
    mark: str
    word: str

    def __str__(self) -> str:
        return f"{self.mark} {self.word}"


FRESH = Fact("fresh", "●", "최신")
LATE = Fact("late", "▲", "지연")
UNKNOWN = Fact("unknown", "◆", "알 수 없음")
NEVER = Fact("never", "○", "아직 실행된 적 없음")
ON = Fact("fresh", "●", "켜짐")
OFF = Fact("off", "■", "중지됨")
UNSET = Fact("never", "○", "설정 안 됨")
RUNNING = Fact("running", "↻", "실행 중")
URGENCY = ("late", "never", "unknown", "off", "fresh")
"""Of two facts the one whose icon is shown, the most urgent first."""


def judge_data(status: Status) -> Fact:
    """Return whether the stored data is fresh."""
    if status.last_success is None:
        return NEVER
    if status.age is None:
        return UNKNOWN
    return LATE if status.stale else FRESH


def judge_schedule(timetable: Timetable) -> Fact:
    """Return whether the schedule is on."""
    if not timetable.is_configured:
        return UNSET
    if timetable.is_running is None:
        return UNKNOWN
    return ON if timetable.is_running else OFF
