"""SyncRun rows: claimed, fenced, closed, reaped and pruned. The running row is the lock."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from django.db import IntegrityError, connection
from django.db.models import F, Q
from django.db.models.functions import Now
from msgspec import to_builtins

from booth.config.masking import redact
from booth.config.options import RunOptions
from booth.database import limited_reading, run_in_transaction
from booth.errors import StoreError, SyncInProgress, SyncTooSoon
from booth.models import SyncRun
from booth.refusals import find_constraint
from booth.sync.plan import MAX_PROBLEMS
from booth.sync.report import SUCCESSES, RunReport

MAX_MESSAGE = 500
MAX_CLOCK_STEP = timedelta(seconds=10)
"""How far ahead of a statement's clock a live row may be: one that waited for its locks (5 s) sees
rows of others that began after it did, and clocks are set right in small steps."""
LOST = (
    "동기화가 끝났다는 기록 없이 제한 시간이 지났거나, 시계가 되돌려졌습니다. "
    "저장된 데이터는 온전하고, 다음 실행이 이어받습니다."
)
BY_HAND = (SyncRun.Trigger.API, SyncRun.Trigger.CONSOLE)
"""What started the runs between which somebody has to wait."""
_LOCK = ("booth_one_running_run", f"{SyncRun._meta.db_table}.status")
"""The index that lets one row be running, as PostgreSQL and as SQLite name it."""


def claim(run: SyncRun, *, options: RunOptions, pause: float = 0.0) -> None:
    """Store ``run`` as the running one, after reaping a dead one and pruning old ones.

    Raises SyncInProgress when another run is under way, SyncTooSoon when one that somebody asked
    for began less than ``pause`` seconds ago, StoreError, ConfigError.
    """
    run.status = SyncRun.Status.RUNNING
    run.started_at = Now()
    run.expires_at = Now() + timedelta(seconds=options.lease)
    run.job_name, run.pod_name = options.job_name, options.pod_name
    run_in_transaction(lambda: _insert(run, options=options, pause=pause))


def fence(run: SyncRun) -> None:
    """Lock the run's own row. Raises StoreError when the run has expired or was reaped.

    Belongs into the transaction that writes, as its first statement.
    """
    owned = SyncRun.objects.select_for_update().filter(
        pk=run.pk, status=SyncRun.Status.RUNNING, expires_at__gt=Now()
    )
    if not owned.values_list("pk"):
        message = "이 동기화는 제한 시간을 넘겨 무효가 되었으므로 아무것도 저장하지 않았습니다."
        raise StoreError(f"{message} 다음 실행이 다시 시도합니다.", code="run_expired")


def close(run: SyncRun, report: RunReport) -> None:
    """Write what the run came to into its row, unless the row was reaped meanwhile."""
    error = report.error
    kept = [each._asdict() for each in report.problems if each.kind in {"rejected", "missing"}]
    SyncRun.objects.filter(pk=run.pk, status=SyncRun.Status.RUNNING).update(
        status=report.status,
        finished_at=Now(),
        counts=to_builtins(report.counts),
        stages={stage: round(seconds, 4) for stage, seconds in report.stages.items()},
        problems=redact(kept[:MAX_PROBLEMS]),
        feed_bytes=report.feed_bytes,
        feed_sha256=report.feed_sha256,
        http_status=report.http_status,
        error_code=error.code if error else "",
        error_message=redact(error.message)[:MAX_MESSAGE] if error else "",
    )


def close_failed(run: SyncRun, report: RunReport) -> None:
    """Close a run that wrote nothing, on a fresh connection. Raises StoreError."""
    connection.close()
    run_in_transaction(lambda: close(run, report))


def is_under_way() -> Q:
    """Return the condition of a run that holds the lock, by the database's clock.

    What began in the future was stored before the clock was set back, and nobody knows when.
    """
    return Q(
        status=SyncRun.Status.RUNNING, expires_at__gt=Now(), started_at__lte=Now() + MAX_CLOCK_STEP
    )


def has_succeeded(run: SyncRun) -> bool:
    """Tell, on a fresh connection, whether the run's commit came through.

    Raises StoreError, ConfigError.
    """
    connection.close()
    with limited_reading():
        return SyncRun.objects.filter(pk=run.pk, status__in=SUCCESSES).exists()


def _insert(run: SyncRun, *, options: RunOptions, pause: float) -> None:
    """Reap what does not hold the lock, delete old rows but never the last success, and insert."""
    live = is_under_way() & Q(
        expires_at__lte=Now() + timedelta(seconds=options.lease) + MAX_CLOCK_STEP
    )
    SyncRun.objects.filter(~live, status=SyncRun.Status.RUNNING).update(
        status=SyncRun.Status.LOST,
        finished_at=Now(),
        error_code="lost",
        error_message=LOST,
    )
    finished = SyncRun.objects.exclude(status=SyncRun.Status.RUNNING)
    last = finished.filter(status__in=SUCCESSES).order_by("-pk").values_list("pk", flat=True)[:1]
    old = finished.filter(started_at__lt=Now() - timedelta(days=options.history_days))
    old.exclude(pk__in=list(last)).delete()
    try:
        run.save(force_insert=True)
    except IntegrityError as error:
        if find_constraint(error) in _LOCK:
            raise SyncInProgress(lease=options.lease) from None
        raise
    if pause:
        _refuse_haste(run, pause=pause)


def _refuse_haste(run: SyncRun, *, pause: float) -> None:
    """Raise SyncTooSoon, which undoes the claim, where another such run began just now.

    Whoever holds the lock sees every run before it: asked earlier, many at once would pass.
    """
    others = SyncRun.objects.filter(
        trigger__in=BY_HAND, started_at__gt=Now() - timedelta(seconds=pause)
    )
    last = others.exclude(pk=run.pk).annotate(age=Now() - F("started_at")).order_by("-pk").first()
    if last:
        run.pk = None
        raise SyncTooSoon(wait=max(1, ceil(pause - last.age.total_seconds())))
