"""The JSON documents of booth sync: one shape for one thing, whoever asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NotRequired, TypedDict

from django.utils import timezone
from msgspec import to_builtins

from booth.changes import ChangeDocument, list_changes
from booth.errors import BoothSyncError
from booth.sync.report import RunReport

if TYPE_CHECKING:  # a sync needs none of them
    from booth.control.timetable import Entry
    from booth.doctor import Finding
    from booth.models import SyncRun
    from booth.operations import Switched
    from booth.status import Status

Counts = dict[str, dict[str, int]]


class ErrorDocument(TypedDict):
    """An error: its name for programs and a sentence for people."""

    code: str
    message: str


class Outcome(TypedDict):
    """What a run came to; durations in seconds."""

    run: int | None
    status: str
    trigger: str
    counts: Counts
    problems: list[dict[str, str]]
    stages: dict[str, float]
    duration: float | None
    error: ErrorDocument | None


class ReportDocument(Outcome):
    """A run as it ends; ``changes`` only of a dry run. What is not listed is counted."""

    dry_run: bool
    more_problems: int
    changes: NotRequired[list[ChangeDocument]]
    more_changes: NotRequired[int]


class RunDocument(Outcome):
    """A run's row; instants in ISO 8601 with their offset."""

    requested_by: str
    started_at: str | None
    finished_at: str | None
    expires_at: str | None
    feed_bytes: int | None
    feed_sha256: str
    http_status: int | None
    job_name: str
    pod_name: str


class CronJobDocument(TypedDict):
    """A CronJob of the schedule."""

    name: str
    namespace: str
    schedule: str
    time_zone: str | None
    suspended: bool
    changed_by: str | None
    changed_at: str | None
    reason: str | None
    next_run: str | None
    last_schedule: str | None
    active: list[str]


class StatusDocument(TypedDict):
    """The status: the predecessor's five keys, then more."""

    is_running: bool | None
    sync_interval: int | None
    api_url: str
    thread_alive: bool
    last_update: str | None
    cronjobs: list[CronJobDocument]
    last_run: RunDocument | None
    last_success: RunDocument | None
    last_success_age: float | None
    stale: bool
    stale_after: float
    rows: dict[str, int]
    control_error: dict[str, str] | None


class SwitchDocument(TypedDict):
    """What a start or stop came to."""

    is_running: bool
    changed: list[str]
    next_run: str | None
    active: list[str]
    run: int | None


class FindingsDocument(TypedDict):
    """What the doctor found."""

    ok: bool
    checks: list[dict[str, str]]


def describe_error(error: BoothSyncError) -> ErrorDocument:
    """Return the document of an error."""
    return {"code": error.code, "message": error.message}


def describe_report(report: RunReport) -> ReportDocument:
    """Return the document of ``booth_sync sync --json``."""
    document: ReportDocument = {
        "run": report.run,
        "status": report.status,
        "trigger": report.trigger,
        "dry_run": report.dry_run,
        "counts": to_builtins(report.counts),
        "problems": [problem._asdict() for problem in report.problems],
        "more_problems": report.more_problems,
        "stages": {stage: round(seconds, 4) for stage, seconds in report.stages.items()},
        "duration": round(report.duration, 4),
        "error": describe_error(report.error) if report.error else None,
    }
    if report.dry_run:
        changes = list_changes(report.plan) if report.plan else []
        size = report.plan.size if report.plan else 0
        document |= {"changes": changes, "more_changes": size - len(changes)}
    return document


def describe_run(run: SyncRun) -> RunDocument:
    """Return the document of a run's row."""
    error: ErrorDocument = {"code": run.error_code, "message": run.error_message}
    return {
        "run": run.pk,
        "status": run.status,
        "trigger": run.trigger,
        "requested_by": run.requested_by,
        "started_at": format_instant(run.started_at),
        "finished_at": format_instant(run.finished_at),
        "expires_at": format_instant(run.expires_at),
        "duration": run.duration,
        "counts": run.counts,
        "stages": run.stages,
        "problems": run.problems,
        "feed_bytes": run.feed_bytes,
        "feed_sha256": run.feed_sha256,
        "http_status": run.http_status,
        "job_name": run.job_name,
        "pod_name": run.pod_name,
        "error": error if run.error_code else None,
    }


def describe_status(status: Status) -> StatusDocument:
    """Return the document of the status."""
    last_run, last_success, timetable = status.last_run, status.last_success, status.timetable
    error = timetable.error
    return {
        "is_running": timetable.is_running,
        "sync_interval": timetable.interval,
        "api_url": status.api_url,
        "thread_alive": status.running is not None,
        "last_update": format_instant(last_success.finished_at if last_success else None),
        "cronjobs": [_describe_cronjob(entry) for entry in timetable.entries],
        "last_run": describe_run(last_run) if last_run else None,
        "last_success": describe_run(last_success) if last_success else None,
        "last_success_age": status.age.total_seconds() if status.age is not None else None,
        "stale": status.stale,
        "stale_after": status.stale_after.total_seconds(),
        "rows": status.rows,
        "control_error": {"reason": error.reason, "message": error.message} if error else None,
    }


def describe_switch(switched: Switched) -> SwitchDocument:
    """Return the document of a start or stop."""
    return {
        "is_running": not switched.suspended,
        "changed": list(switched.changed),
        "next_run": format_instant(switched.next_run),
        "active": list(switched.jobs),
        "run": switched.run,
    }


def describe_findings(findings: Iterable[Finding]) -> FindingsDocument:
    """Return the document of ``booth_sync doctor --json``."""
    checks: list[dict[str, str]] = [to_builtins(finding) for finding in findings]
    return {"ok": all(check["level"] != "failure" for check in checks), "checks": checks}


def _describe_cronjob(entry: Entry) -> CronJobDocument:
    cronjob = entry.cronjob
    return {
        "name": cronjob.name,
        "namespace": cronjob.namespace,
        "schedule": cronjob.schedule,
        "time_zone": cronjob.time_zone,
        "suspended": cronjob.suspended,
        "changed_by": cronjob.changed_by or None,
        "changed_at": format_instant(cronjob.changed_at),
        "reason": cronjob.reason or None,
        "next_run": format_instant(entry.next_run),
        "last_schedule": format_instant(cronjob.last_schedule),
        "active": list(cronjob.active),
    }


def format_instant(instant: datetime | None) -> str | None:
    """Return an instant as every document has it, in the site's time zone with its offset."""
    return timezone.localtime(instant).isoformat(timespec="seconds") if instant else None
