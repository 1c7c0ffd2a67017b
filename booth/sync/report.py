"""What a run came to, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from booth.config.options import RunRequest
from booth.errors import Aborted, BoothSyncError, Problem
from booth.sync.plan import Counts, Plan

STAGES = ("fetch", "parse", "plan", "store")
SUCCESSES = frozenset({"succeeded", "partial"})


class RunReport(Struct, frozen=True, kw_only=True):
    """One run, closed.

    ``run`` is the id of its SyncRun row, None where it has none (dry run, lock held by another
    run, database down). ``status`` is a SyncRun status or ``skipped``. ``stages`` maps each stage
    that ran to its seconds, ``duration`` is in seconds. ``plan`` is None where none was made. What
    is not known of the upstream's answer is None or empty.
    """

    run: int | None
    status: str
    trigger: str
    dry_run: bool = False
    plan: Plan | None = None
    stages: Mapping[str, float] = field(default_factory=dict)
    duration: float = 0.0
    feed_bytes: int | None = None
    feed_sha256: str = ""
    http_status: int | None = None
    error: BoothSyncError | None = None

    @classmethod
    def of_failure(cls, request: RunRequest, error: BoothSyncError) -> RunReport:
        """Return the report of a run that ended before it had a row."""
        return cls(
            run=None,
            status="aborted" if isinstance(error, Aborted) else "failed",
            trigger=request.trigger,
            dry_run=request.dry_run,
            error=error,
        )

    @property
    def counts(self) -> Counts:
        """The plan's counts; all 0 where there is no plan."""
        return self.plan.counts if self.plan else Counts()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The first of what people should know, also where a feed was refused for it."""
        told = self.plan or self.error
        return told.problems if told else ()

    @property
    def more_problems(self) -> int:
        """How many there are beside the ``problems``."""
        told = self.plan or self.error
        return told.more_problems if told else 0

    @property
    def exit_code(self) -> int:
        """The exit code of the process that ran it."""
        return self.error.exit_code if self.error else 0
