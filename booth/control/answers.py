"""Answers of the Kubernetes API, decoded and checked in one pass into frozen values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from booth.control.failures import BadAnswer, NotApplied, clean_text
from booth.control.types import CronJob

MAX_BYTES = 4 * 1024 * 1024
"""Longer than any object that the API server stores."""
FIELD_MANAGER = "booth-sync"
CHANGED_BY = "booth-sync/changed-by"
CHANGED_AT = "booth-sync/changed-at"
REASON = "booth-sync/reason"
MAX_ACTIVE = 10
"""How many Jobs of a CronJob are told; where none overlap, as with ours, there is one."""
MAX_SKEW = timedelta(minutes=1)
"""How far the clocks of the API server and of whoever switches may be apart."""
T = TypeVar("T")
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Struct(msgspec.Struct, rename="camel"):
    pass


class _Manager(_Struct):
    """Who owns which fields (metadata.managedFields)."""

    manager: str = ""
    subresource: str = ""
    time: Instant | None = None
    fields_v1: dict[str, dict[str, Any]] = {}

    @property
    def owns_suspend(self) -> bool:
        return not self.subresource and "f:suspend" in self.fields_v1.get("f:spec", {})


class _Metadata(_Struct):
    name: str
    namespace: str
    resource_version: str
    annotations: dict[str, str] | None = None
    managed_fields: list[_Manager] | None = None


class _Spec(_Struct):
    schedule: str
    time_zone: str | None = None
    suspend: bool | None = None


class _Status(_Struct):
    active: list[dict[str, str]] | None = None
    last_schedule_time: Instant | None = None


class _CronJob(_Struct):
    kind: Literal["CronJob"]
    metadata: _Metadata
    spec: _Spec
    status: _Status = msgspec.field(default_factory=_Status)


class _Verdict(_Struct):
    allowed: bool


class _AccessReview(_Struct):
    kind: Literal["SelfSubjectAccessReview"]
    status: _Verdict


def read_cronjob(body: bytes, *, suspended: bool | None = None) -> CronJob:
    """Return the CronJob in an answer, its texts fit to be shown.

    Raises BadAnswer, or NotApplied where it is not as ``suspended``.
    """
    found = _decode(body, _CronJob)
    if suspended not in {None, bool(found.spec.suspend)}:
        raise NotApplied
    changed_by, changed_at, reason = _find_change(found)
    active = found.status.active or []
    return CronJob(
        name=clean_text(found.metadata.name),
        namespace=clean_text(found.metadata.namespace),
        schedule=clean_text(" ".join(found.spec.schedule.split())),
        time_zone=clean_text(found.spec.time_zone or "") or None,
        suspended=bool(found.spec.suspend),
        changed_by=clean_text(changed_by),
        changed_at=changed_at,
        reason=clean_text(reason),
        last_schedule=found.status.last_schedule_time,
        active=tuple(clean_text(job.get("name", "")) for job in active[:MAX_ACTIVE]),
        resource_version=found.metadata.resource_version,
    )


def read_verdict(body: bytes) -> bool:
    """Return whether an access review allows. Raises BadAnswer."""
    return _decode(body, _AccessReview).status.allowed


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswer from error


def _find_change(found: _CronJob) -> tuple[str, datetime | None, str]:
    """Return who last set ``suspend``, when and why.

    The annotations tell of the last change by booth sync. Where somebody else has set the field
    since, as with ``kubectl patch``, they are old news, and the server's record of field owners
    names the program and the time. What runs and was never switched has nobody to name.
    """
    notes = found.metadata.annotations or {}
    managers = found.metadata.managed_fields or []
    owners = [manager for manager in managers if manager.owns_suspend]
    noted_at = _read_instant(notes)
    ours = [owner.time for owner in owners if owner.manager == FIELD_MANAGER and owner.time]
    is_noted = noted_at and any(abs(at - noted_at) <= MAX_SKEW for at in ours)
    if not managers or is_noted:
        return notes.get(CHANGED_BY, ""), noted_at, notes.get(REASON, "")
    if not owners or (not found.spec.suspend and CHANGED_BY not in notes):
        return "", None, ""
    last = max(owners, key=lambda owner: owner.time or datetime.min.replace(tzinfo=UTC))
    return last.manager, last.time, ""


def _read_instant(notes: dict[str, str]) -> datetime | None:
    try:
        instant = datetime.fromisoformat(notes.get(CHANGED_AT, ""))
        aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return aware.astimezone(UTC) if 1970 < aware.year < 9999 else None
    except (ValueError, OverflowError):
        return None
