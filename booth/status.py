"""What is known of the sync: its schedule, its last runs, and what is in the database.

The one value that the command line, the API and the console show. The schedule comes from the
Kubernetes API, everything else from the database, which answers also while the API does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import BigIntegerField, Count, F, Q
from django.db.models.functions import Now
from django.utils import timezone
from msgspec import Struct

from booth import control
from booth.config.load import get_stale_after, load_control_options, public_api_url
from booth.control.timetable import NOT_CONFIGURED, Timetable, make_timetable
from booth.database import limited_reading, require_migrations
from booth.errors import ConfigError, ControlError
from booth.models import Booth, Menu, SyncRun
from booth.sync.report import SUCCESSES
from booth.sync.runs import MAX_CLOCK_STEP, is_under_way


class Status(Struct, frozen=True, kw_only=True):
    """The sync at one instant; ``age`` is the time since the last success.

    It is None where there was none yet, and where that lies in the future, because the database's
    clock was set back since. The stored data is ``stale`` when the age is longer than
    ``stale_after``, or None. ``runs`` are the last ones, newest first.
    """

    api_url: str
    timetable: Timetable
    runs: tuple[SyncRun, ...]
    running: SyncRun | None
    last_success: SyncRun | None
    age: timedelta | None
    stale_after: timedelta
    rows: dict[str, int]

    @property
    def last_run(self) -> SyncRun | None:
        """The newest run, whatever came of it."""
        return self.runs[0] if self.runs else None

    @property
    def stale(self) -> bool:
        """Whether the stored data is older than it should be, or may be."""
        return is_stale(self.age, stale_after=self.stale_after)


def read_status(*, timetable: Timetable | None = None, recent: int = 1) -> Status:
    """Return the present status with the last ``recent`` runs.

    ``timetable`` is the schedule where somebody has just read it. Raises ConfigError without the
    tables, StoreError.
    """
    require_migrations()
    timetable = timetable or read_timetable()
    with limited_reading():
        last_success, age = find_last_success()
        return Status(
            api_url=public_api_url(),
            timetable=timetable,
            runs=tuple(SyncRun.objects.order_by("-pk")[:recent]),
            running=_find_running(),
            last_success=last_success,
            age=age,
            stale_after=timedelta(seconds=get_stale_after()),
            rows=_count_rows(),
        )


def read_timetable() -> Timetable:
    """Return the schedule as the Kubernetes API has it now, after 8 s at most.

    Trouble with that API is no error but part of the answer.
    """
    try:
        options = load_control_options()
    except ConfigError as error:
        reason = NOT_CONFIGURED if error.code == "no_cronjob" else error.code
        return Timetable(error=ControlError(error.message, reason=reason))
    return make_timetable(control.read(options), now=timezone.now())


def find_last_success() -> tuple[SyncRun | None, timedelta | None]:
    """Return the last run that succeeded, and the time since; the age as ``Status`` has it."""
    succeeded = SyncRun.objects.filter(status__in=SUCCESSES)
    # the database wrote finished_at, so its clock says how long that is ago
    last = succeeded.annotate(age=Now() - F("finished_at")).order_by("-pk").first()
    if last is None or last.age < -MAX_CLOCK_STEP:
        return last, None
    return last, max(timedelta(), last.age)


def is_stale(age: timedelta | None, *, stale_after: timedelta) -> bool:
    """Tell whether what was stored so long ago is older than it should be, or may be."""
    return age is None or age > stale_after


def find_executing() -> SyncRun | None:
    """Return the run that is under way now, or None. Raises ConfigError, StoreError."""
    require_migrations()
    with limited_reading():
        return _find_running()


def _find_running() -> SyncRun | None:
    return SyncRun.objects.filter(is_under_way()).first()


def list_runs(*, limit: int, before: int | None = None, **wanted: str) -> Sequence[SyncRun]:
    """Return the last ``limit`` runs, newest first, of those before a number where one is given.

    ``wanted`` is a ``status`` or a ``trigger``, or both. Raises ConfigError, StoreError.
    """
    require_migrations()
    found = SyncRun.objects.filter(**wanted)
    if before is not None:
        found = found.filter(pk__lt=before)
    with limited_reading():
        return list(found.order_by("-pk")[:limit])


def read_run(number: int) -> SyncRun | None:
    """Return the run of that number, None where there is none. Raises ConfigError, StoreError."""
    require_migrations()
    if number > BigIntegerField.MAX_BIGINT:  # no key, and SQLite would not take it
        return None
    with limited_reading():
        return SyncRun.objects.filter(pk=number).first()


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
