"""The CronJobs of the schedule at one instant: do they run, when next, how often now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from msgspec import Struct

from booth.control import CronJob, Reading, make_error
from booth.control.cron import translate
from booth.errors import ControlError


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
        instant = next(CronSim(translate(cronjob.schedule), start, reverse=backwards), None)
    except (CronSimError, ValueError, KeyError, OSError):  # @every, or a zone unknown here
        return None
    return instant.astimezone(UTC) if instant else None


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
