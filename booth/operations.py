"""What people and programs can do with booth sync, each once; every door calls these.

An operation loads its options, knows who asks (``by``) and returns a frozen value or rows. What it
raises on purpose is a BoothSyncError, whose sentence a door may show as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from msgspec import Struct

from booth.config.load import load_control_options, load_options
from booth.config.masking import redact
from booth.config.options import RunRequest
from booth.errors import BoothSyncError, ConfigError, UsageError
from booth.sync.report import RunReport
from booth.sync.run import run_once

# A sync imports neither the Kubernetes client nor what reads the schedule: the functions do.
if TYPE_CHECKING:
    from booth.control import CronJob
    from booth.control.timetable import Timetable
    from booth.models import SyncRun
    from booth.status import Status

MAX_REASON = 200
MAX_CALLER = 100


class Switched(Struct, frozen=True, kw_only=True):
    """What a start or stop came to.

    ``changed`` are the CronJobs that were not as wanted before. ``next_run`` is None where nothing
    is scheduled. ``jobs`` and ``run`` are what goes on to its end all the same: the Jobs that have
    begun, and the number of the run under way, None where there is none or the database is down.
    """

    suspended: bool
    changed: tuple[str, ...]
    cronjobs: tuple[CronJob, ...]
    next_run: datetime | None
    jobs: tuple[str, ...]
    run: int | None


class RunPage(Struct, frozen=True, kw_only=True):
    """Runs, newest first; ``next`` is the number before which there are more, None at the end."""

    runs: Sequence[SyncRun]
    next: int | None


def sync_now(request: RunRequest) -> RunReport:
    """Run one sync in this process and return what it came to, errors included."""
    try:
        options = load_options(for_http=not request.from_file)
    except ConfigError as error:
        return RunReport.of_failure(request, error)
    return run_once(request, options)


def start(*, by: str, reason: str = "") -> Switched:
    """Turn the schedule on. Raises UsageError, ConfigError, ControlError."""
    return _switch(suspended=False, by=by, reason=reason)


def stop(*, by: str, reason: str = "") -> Switched:
    """Turn the schedule off. Raises UsageError, ConfigError, ControlError."""
    return _switch(suspended=True, by=by, reason=reason)


def read_status(*, timetable: Timetable | None = None, recent: int = 1) -> Status:
    """Return the schedule, the last runs and the stored rows. Raises ConfigError, StoreError.

    ``timetable`` is the schedule where somebody has just read it.
    """
    from booth import status

    return status.read_status(timetable=timetable, recent=recent)


def read_timetable() -> Timetable:
    """Return the schedule alone, which asks the Kubernetes API and no database."""
    from booth import status

    return status.read_timetable()


def list_runs(*, limit: int, before: int | None = None, **wanted: str) -> Sequence[SyncRun]:
    """Return the last ``limit`` runs, newest first, of those before a number where one is given.

    ``wanted`` is a ``status`` or a ``trigger``, or both. Raises ConfigError, StoreError.
    """
    from booth import status

    return status.list_runs(limit=limit, before=before, **wanted)


def read_page(*, limit: int, before: int | None = None, **wanted: str) -> RunPage:
    """Return a page of the runs that ``list_runs`` would list. Raises ConfigError, StoreError."""
    found = list_runs(limit=limit + 1, before=before, **wanted)
    runs = found[:limit]
    return RunPage(runs=runs, next=runs[-1].pk if len(found) > limit else None)


def read_run(number: int) -> SyncRun | None:
    """Return a run, None where there is none of that number. Raises ConfigError, StoreError."""
    from booth import status

    return status.read_run(number)


def clean_reason(text: str) -> str:
    """Return a reason as one line without secrets; it is kept where others read it.

    Raises UsageError where it is too long or holds what no terminal should print.
    """
    return _clean(text, what="이유는", most=MAX_REASON, code="reason")


def clean_caller(text: str) -> str:
    """Return the name of who switches as one line without secrets.

    Raises UsageError where it is too long or holds what no terminal should print.
    """
    return _clean(text, what="이름은", most=MAX_CALLER, code="by")


def _clean(text: str, *, what: str, most: int, code: str) -> str:
    line = redact(" ".join(text.split()))
    if max(len(text), len(line)) > most or not line.isprintable():
        message = f"{what} 인쇄할 수 있는 글자로 {most}자 이하여야 합니다."
        raise UsageError(message, code=code)
    return line


def _switch(*, suspended: bool, by: str, reason: str) -> Switched:
    from booth import control, status
    from booth.control.timetable import make_timetable

    act = control.suspend if suspended else control.resume
    change = act(load_control_options(), by=by, reason=clean_reason(reason))
    reading = control.Reading(cronjobs=change.cronjobs, failures=())
    entries = make_timetable(reading, now=timezone.now()).entries
    running = None
    with suppress(BoothSyncError):  # the schedule is switched all the same
        running = status.find_executing()
    return Switched(
        suspended=suspended,
        changed=change.changed,
        cronjobs=change.cronjobs,
        next_run=min((entry.next_run for entry in entries if entry.next_run), default=None),
        jobs=tuple(job for cronjob in change.cronjobs for job in cronjob.active),
        run=running.pk if running else None,
    )
