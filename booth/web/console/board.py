"""What the first page says: two facts, why, what comes next, and what may be pressed.

All of it follows from the status, the time and who looks; nothing is asked here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from msgspec import Struct

from booth.control.timetable import Entry
from booth.models import SyncRun
from booth.status import Status
from booth.web.console.facts import URGENCY, Fact, judge_data, judge_schedule
from booth.web.console.offers import Offers, make_offers
from booth.web.console.reasons import Reason, explain_absence, find_reason


class Board(Struct, frozen=True, kw_only=True):
    """The first page. ``seen`` stands for the schedule as it is shown, for presses to send back."""

    data: Fact
    schedule: Fact
    reason: Reason
    status: Status
    next_run: datetime | None
    no_next: str
    offers: Offers
    seen: str
    now: datetime

    @property
    def running(self) -> SyncRun | None:
        """The run that is under way now."""
        return self.status.running

    @property
    def kind(self) -> str:
        """The more urgent of the two facts, as the icon shows it."""
        return min((self.data.kind, self.schedule.kind), key=URGENCY.index)

    @property
    def title(self) -> str:
        """Both facts in one line, for the tab."""
        return f"{self.data} · 예약 {self.schedule}"


def make_board(status: Status, *, now: datetime, operates: bool) -> Board:
    """Return the first page for somebody who ``operates`` or only sees."""
    timetable = status.timetable
    data, schedule = judge_data(status), judge_schedule(timetable)
    next_run = min((each.next_run for each in timetable.entries if each.next_run), default=None)
    return Board(
        data=data,
        schedule=schedule,
        reason=find_reason(status, data=data, schedule=schedule),
        status=status,
        next_run=next_run,
        no_next="" if next_run else explain_absence(schedule),
        offers=make_offers(status, schedule=schedule, now=now) if operates else Offers(),
        seen=make_mark(timetable.entries),
        now=now,
    )


def make_mark(entries: Sequence[Entry]) -> str:
    """Return what stands for the schedule as somebody saw it; empty where there is none."""
    if not entries:
        return ""
    parts = sorted(
        (e.cronjob.name, e.cronjob.suspended, str(e.cronjob.changed_at)) for e in entries
    )
    return sha256(repr(parts).encode()).hexdigest()[:16]
