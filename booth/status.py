"""What is known of the sync: its last runs, and what is in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from booth.config import public_api_url
from booth.database import require_migrations, translated_errors
from booth.models import Booth, Menu, SyncRun
from booth.report import SUCCESSES

NO_CRONJOB = (
    "설정된 CronJob이 없어 예약 실행을 켜거나 끌 수 없습니다. "
    "한 번 실행하려면 'manage.py booth_sync sync'를 쓰세요."
)


@dataclass(frozen=True, kw_only=True)
class Status:
    """The sync as the database knows it; ``age`` is the time since the last success."""

    api_url: str
    last_run: SyncRun | None
    last_success: SyncRun | None
    age: timedelta | None
    is_executing: bool
    rows: dict[str, int]


def read_status() -> Status:
    """Return the present status. Raises ConfigError without its tables, StoreError."""
    require_migrations()
    now = timezone.now()
    with translated_errors():
        runs = SyncRun.objects.order_by("-pk")
        last_success = runs.filter(status__in=SUCCESSES).first()
        return Status(
            api_url=public_api_url(),
            last_run=runs.first(),
            last_success=last_success,
            age=_measure_age(last_success, now=now),
            is_executing=runs.filter(status=SyncRun.Status.RUNNING, expires_at__gt=now).exists(),
            rows=_count_rows(),
        )


def list_runs(*, limit: int) -> Sequence[SyncRun]:
    """Return the last ``limit`` runs, newest first. Raises ConfigError, StoreError."""
    require_migrations()
    with translated_errors():
        return list(SyncRun.objects.order_by("-pk")[:limit])


def make_document(status: Status) -> dict[str, Any]:
    """Return the status as JSON values: the predecessor's five keys, then more."""
    last_success = status.last_success
    finished_at = last_success.finished_at if last_success else None
    return {
        "is_running": None,
        "sync_interval": None,
        "api_url": status.api_url,
        "thread_alive": status.is_executing,
        "last_update": _format(finished_at),
        "cronjobs": [],
        "last_run": make_run_document(status.last_run) if status.last_run else None,
        "last_success": make_run_document(last_success) if last_success else None,
        "last_success_age": status.age.total_seconds() if status.age else None,
        "rows": status.rows,
        "control_error": {"reason": "not_configured", "message": NO_CRONJOB},
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
        "duration": measure_duration(run),
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


def measure_duration(run: SyncRun) -> float | None:
    """Return a run's seconds from start to end, None while it has no end."""
    return (run.finished_at - run.started_at).total_seconds() if run.finished_at else None


def _measure_age(run: SyncRun | None, *, now: datetime) -> timedelta | None:
    return now - run.finished_at if run and run.finished_at else None


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
