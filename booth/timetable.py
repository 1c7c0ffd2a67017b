"""The CronJobs of the schedule at one instant: do they run, when next, how often now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from msgspec import Struct

from booth.control import CronJob, Reading, make_error
from booth.errors import ControlError

FIELDS = (range(60), range(24), range(1, 32), range(1, 13), range(7))
"""Minutes, hours, days of the month, months, days of the week."""
NAMES = {
    name: number
    for names, first in (
        ("SUN MON TUE WED THU FRI SAT", 0),
        ("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", 1),
    )
    for number, name in enumerate(names.split(), first)
}
MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""What a CronJob may say instead of five fields; ``@every`` has no instants of its own."""


class Entry(Struct, frozen=True, kw_only=True):
    """A CronJob and the instant it runs next, None while it is suspended or cannot be told."""

    cronjob: CronJob
    next_run: datetime | None


class Timetable(Struct, frozen=True, kw_only=True):
    """All CronJobs as one schedule.

    ``is_running`` is None where they differ or could not all be read, and ``error`` says why.
    ``interval`` is the gap between two runs that is in force now, in seconds, None if unknown.
    """

    entries: tuple[Entry, ...] = ()
    is_running: bool | None = None
    interval: int | None = None
    error: ControlError | None = None


def make_timetable(reading: Reading, *, now: datetime) -> Timetable:
    """Return what ``reading`` means at ``now`` (aware)."""
    states = {cronjob.suspended for cronjob in reading.cronjobs}
    error = _join(reading.failures) or _describe_difference(reading.cronjobs, states)
    all_ = reading.cronjobs
    running = [cronjob for cronjob in all_ if not cronjob.suspended]
    return Timetable(
        entries=tuple(_make_entry(cronjob, now=now) for cronjob in reading.cronjobs),
        is_running=None if error or not states else bool(running),
        interval=None if reading.failures else measure_interval(running or all_, now=now),
        error=error,
    )


def measure_interval(cronjobs: Iterable[CronJob], *, now: datetime) -> int | None:
    """Return the seconds from the last instant at which one of them was due to the next one."""
    cronjobs = tuple(cronjobs)
    last = [_find_instant(cronjob, now=now, backwards=True) for cronjob in cronjobs]
    following = [_find_instant(cronjob, now=now) for cronjob in cronjobs]
    since = max((instant for instant in last if instant), default=None)
    until = min((instant for instant in following if instant), default=None)
    return int((until - since).total_seconds()) if since and until else None


def _make_entry(cronjob: CronJob, *, now: datetime) -> Entry:
    next_run = None if cronjob.suspended else _find_instant(cronjob, now=now)
    return Entry(cronjob=cronjob, next_run=next_run)


def _find_instant(cronjob: CronJob, *, now: datetime, backwards: bool = False) -> datetime | None:
    """Return the next instant after ``now``, or the last one that is not after it, in UTC."""
    try:
        zone = ZoneInfo(cronjob.time_zone or "UTC")
        start = now.astimezone(zone) + timedelta(microseconds=1 if backwards else 0)
        instant = next(CronSim(_translate(cronjob.schedule), start, reverse=backwards), None)
    except (CronSimError, ValueError, KeyError, OSError):  # @every, or a zone unknown here
        return None
    return instant.astimezone(UTC) if instant else None


def _translate(schedule: str) -> str:
    """Return a schedule as Kubernetes reads it (robfig/cron 3) in the terms of CronSim (Debian).

    To Kubernetes a step over all days is a choice of days, which the other field of days widens
    instead of narrowing; the week ends on Saturday; and an hour that a change of the clocks skips
    is skipped. CronSim makes no exception for such an hour where there is a field of seconds.
    """
    fields = MACROS.get(schedule.strip(), schedule).upper().replace("?", "*").split()
    lists = (_list_all(field, choice) for field, choice in zip(fields, FIELDS, strict=True))
    return " ".join(("0", *lists))


def _list_all(field: str, choice: range) -> str:
    """Return a field with its steps written out; ``*`` where it allows everything."""
    parts = [_list_steps(part, choice) for part in field.split(",")]
    return "*" if "*" in parts else ",".join(parts)


def _list_steps(part: str, choice: range) -> str:
    span, _, step = part.partition("/")
    if not step or (span, int(step)) == ("*", 1):
        return span
    first, _, last = (f"{choice[0]}-{choice[-1]}" if span == "*" else span).partition("-")
    end = _read_number(last) if last else choice[-1]
    return ",".join(map(str, range(_read_number(first), end + 1, int(step))))


def _read_number(text: str) -> int:
    return NAMES[text] if text in NAMES else int(text)


def _join(failures: Sequence[ControlError]) -> ControlError | None:
    """Return the failures as one, with the reason of the first and each sentence once."""
    if not failures:
        return None
    sentences = dict.fromkeys(failure.message for failure in failures)
    return ControlError(" ".join(sentences), reason=failures[0].reason)


def _describe_difference(cronjobs: Iterable[CronJob], states: set[bool]) -> ControlError | None:
    if len(states) < 2:
        return None
    parts = [f"{each.name} {'꺼짐' if each.suspended else '켜짐'}" for each in cronjobs]
    return make_error("differing", difference=", ".join(parts))
