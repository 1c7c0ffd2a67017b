"""What control knows of the schedule: frozen values, without any type of the Kubernetes client."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from booth.errors import ControlError


class CronJob(Struct, frozen=True, kw_only=True):
    """A CronJob (batch/v1) as the API server has it; instants are aware.

    ``time_zone`` is None where the CronJob names none and the controllers' own counts. Who changed
    ``suspended`` last, when and why is None or empty where nobody did, or did not say.
    ``active`` are the names of its Jobs that have not ended.
    """

    name: str
    namespace: str
    schedule: str
    time_zone: str | None
    suspended: bool
    changed_by: str
    changed_at: datetime | None
    reason: str
    last_schedule: datetime | None
    active: tuple[str, ...]
    resource_version: str


class Reading(Struct, frozen=True, kw_only=True):
    """The CronJobs that could be read, and why the others could not."""

    cronjobs: tuple[CronJob, ...]
    failures: tuple[ControlError, ...]


class Change(Struct, frozen=True, kw_only=True):
    """What a start or stop came to: every CronJob as wanted, some of them ``changed`` by it."""

    cronjobs: tuple[CronJob, ...]
    changed: tuple[str, ...]


class Right(Struct, frozen=True, kw_only=True):
    """Whether this identity may do ``verb`` to a CronJob of this name."""

    verb: str
    name: str
    allowed: bool
