"""What is known of the sync: its schedule, its last runs, and what is in the database.

The one value that the command line, the API and the console show. The schedule comes from the
Kubernetes API, everything else from the database, which answers also while the API does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import Now
from django.utils import timezone
from msgspec import Struct

from booth import control
from booth.config.load import get_stale_after, load_control_options, public_api_url
from booth.control.timetable import Entry, Timetable, make_timetable
from booth.database import limited_reading, require_migrations
from booth.errors import ConfigError, ControlError
from booth.models import Booth, Menu, SyncRun
from booth.sync.report import SUCCESSES


class Status(Struct, frozen=True, kw_only=True):
    """The sync at one instant; ``age`` is the time since the last success.

    The stored data is ``stale`` when that is longer than ``stale_after``, or there was none yet.
    """

    api_url: str
    timetable: Timetable
    last_run: SyncRun | None
    last_success: SyncRun | None
    age: timedelta | None
    stale_after: timedelta
    is_executing: bool
    rows: dict[str, int]

    @property
    def stale(self) -> bool:
        """Whether the stored data is older than it should be."""
        return self.age is None or self.age > self.stale_after


def read_status() -> Status:
    """Return the present status. Raises ConfigError without its tables, StoreError.

    Trouble with the Kubernetes API is no error but part of the answer, after 8 s at most.
    """
    require_migrations()
    timetable = _read_timetable()
    with limited_reading():
        succeeded = SyncRun.objects.filter(status__in=SUCCESSES)
        # the database wrote finished_at, so its clock says how long that is ago
        last_success = succeeded.annotate(age=Now() - F("finished_at")).order_by("-pk").first()
        age = last_success.age if last_success else None
        return Status(
            api_url=public_api_url(),
            timetable=timetable,
            last_run=SyncRun.objects.order_by("-pk").first(),
            last_success=last_success,
            age=None if age is None else max(timedelta(), age),
            stale_after=timedelta(seconds=get_stale_after()),
            is_executing=_find_running() is not None,
            rows=_count_rows(),
        )


def find_executing() -> SyncRun | None:
    """Return the run that is under way now, or None. Raises ConfigError, StoreError."""
    require_migrations()
    with limited_reading():
        return _find_running()


def _find_running() -> SyncRun | None:
    running = SyncRun.objects.filter(status=SyncRun.Status.RUNNING)
    return running.filter(expires_at__gt=Now()).first()


def list_runs(*, limit: int) -> Sequence[SyncRun]:
    """Return the last ``limit`` runs, newest first. Raises ConfigError, StoreError."""
    require_migrations()
    with limited_reading():
        return list(SyncRun.objects.order_by("-pk")[:limit])


def make_document(status: Status) -> dict[str, Any]:
    """Return the status as JSON values: the predecessor's five keys, then more."""
    last_success, timetable = status.last_success, status.timetable
    error = timetable.error
    return {
        "is_running": timetable.is_running,
        "sync_interval": timetable.interval,
        "api_url": status.api_url,
        "thread_alive": status.is_executing,
        "last_update": _format(last_success.finished_at if last_success else None),
        "cronjobs": [_make_cronjob_document(entry) for entry in timetable.entries],
        "last_run": make_run_document(status.last_run) if status.last_run else None,
        "last_success": make_run_document(last_success) if last_success else None,
        "last_success_age": status.age.total_seconds() if status.age is not None else None,
        "stale": status.stale,
        "stale_after": status.stale_after.total_seconds(),
        "rows": status.rows,
        "control_error": {"reason": error.reason, "message": error.message} if error else None,
    }


def make_run_document(run: SyncRun) -> dict[str, Any]:
    """Return a run's row as JSON values; instants in ISO 8601 with their offset."""
    error = {"code": run.error_code, "message": run.error_message} if run.error_code else None
    return {
        "run": run.pk,
        "status": run.status,
        "trigger": run.trigger,
        "requested_by": run.requested_by,
        "started_at": _format(run.started_at),
        "finished_at": _format(run.finished_at),
        "expires_at": _format(run.expires_at),
        "duration": run.duration,
        "counts": run.counts,
        "stages": run.stages,
        "problems": run.problems,
        "feed_bytes": run.feed_bytes,
        "feed_sha256": run.feed_sha256,
        "http_status": run.http_status,
        "job_name": run.job_name,
        "pod_name": run.pod_name,
        "error": error,
    }


def _read_timetable() -> Timetable:
    try:
        options = load_control_options()
    except ConfigError as error:
        reason = "not_configured" if error.code == "no_cronjob" else error.code
        return Timetable(error=ControlError(error.message, reason=reason))
    return make_timetable(control.read(options), now=timezone.now())


def _make_cronjob_document(entry: Entry) -> dict[str, Any]:
    cronjob = entry.cronjob
    return {
        "name": cronjob.name,
        "namespace": cronjob.namespace,
        "schedule": cronjob.schedule,
        "time_zone": cronjob.time_zone,
        "suspended": cronjob.suspended,
        "changed_by": cronjob.changed_by or None,
        "changed_at": _format(cronjob.changed_at),
        "reason": cronjob.reason or None,
        "next_run": _format(entry.next_run),
        "last_schedule": _format(cronjob.last_schedule),
        "active": list(cronjob.active),
    }


def _count_rows() -> dict[str, int]:
    """Return how many rows there are, and how many of them D-Order no longer lists."""
    gone = Q(missing_since__isnull=False)
    booths = Booth.objects.filter(is_dorder=True).aggregate(
        booths=Count("pk"), missing_booths=Count("pk", filter=gone)
    )
    menus = Menu.objects.filter(booth__is_dorder=True).aggregate(
        menus=Count("pk"), missing_menus=Count("pk", filter=gone)
    )
    return booths | menus


def _format(instant: datetime | None) -> str | None:
    return timezone.localtime(instant).isoformat(timespec="seconds") if instant else None
