"""The CronJobs of the schedule at one instant: do they run, when next, how often now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from msgspec import Struct

from booth.control.cron import translate_schedule
from booth.control.failures import make_error
from booth.control.types import CronJob, Reading
from booth.errors import ControlError

NOT_CONFIGURED = "not_configured"
"""The reason of a schedule that nobody has named to booth sync."""


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

    @property
    def is_configured(self) -> bool:
        """Whether there is a schedule to be asked for."""
        return self.error is None or self.error.reason != NOT_CONFIGURED


def make_timetable(reading: Reading, *, now: datetime) -> Timetable:
    """Return what ``reading`` means at ``now`` (aware)."""
    cronjobs, error = reading.cronjobs, _find_trouble(reading)
    running = [cronjob for cronjob in cronjobs if not cronjob.suspended]
    return Timetable(
        entries=tuple(
            Entry(cronjob=each, next_run=None if each.suspended else _find_instant(each, now=now))
            for each in cronjobs
        ),
        is_running=None if error or not cronjobs else bool(running),
        interval=None if reading.failures else measure_interval(running or cronjobs, now=now),
        error=error,
    )


def measure_interval(cronjobs: Sequence[CronJob], *, now: datetime) -> int | None:
    """Return the seconds from the last instant at which one of them was due to the next one."""
    last = [_find_instant(cronjob, now=now, backwards=True) for cronjob in cronjobs]
    following = [_find_instant(cronjob, now=now) for cronjob in cronjobs]
    since = max(filter(None, last), default=None)
    until = min(filter(None, following), default=None)
    return int((until - since).total_seconds()) if since and until else None


def _find_instant(cronjob: CronJob, *, now: datetime, backwards: bool = False) -> datetime | None:
    """Return the next instant after ``now``, or the last one that is not after it, in UTC."""
    try:
        zone = ZoneInfo(cronjob.time_zone or "UTC")
        start = now.astimezone(zone) + timedelta(microseconds=1 if backwards else 0)
        instants = CronSim(translate_schedule(cronjob.schedule), start, reverse=backwards)
        instant = next(instants, None)
    except (CronSimError, ValueError, KeyError, OSError):  # @every, or a zone unknown here
        return None
    return instant.astimezone(UTC) if instant else None


def _find_trouble(reading: Reading) -> ControlError | None:
    """Return why nobody can tell whether the schedule runs, None where one can.

    Several failures become one, with the reason of the first and each sentence once.
    """
    if reading.failures:
        sentences = dict.fromkeys(failure.message for failure in reading.failures)
        return ControlError(" ".join(sentences), reason=reading.failures[0].reason)
    if len({cronjob.suspended for cronjob in reading.cronjobs}) < 2:
        return None
    parts = [f"{each.name} {'꺼짐' if each.suspended else '켜짐'}" for each in reading.cronjobs]
    return make_error("differing", difference=", ".join(parts))
