"""What a run came to, as one frozen value and as the JSON document of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field, to_builtins

from booth.errors import BoothSyncError
from booth.sync.plan import BoothChange, Counts, MenuChange, Plan, Problem

STAGES = ("fetch", "parse", "plan", "store")
SUCCESSES = frozenset({"succeeded", "partial"})


class RunReport(Struct, frozen=True, kw_only=True):
    """One run, closed.

    ``run`` is the id of its SyncRun row, None where it has none (dry run, lock held by another
    run, database down). ``status`` is a SyncRun status or ``skipped``. ``stages`` maps each stage
    that ran to its seconds, ``duration`` is in seconds. ``plan`` is None where none was made.
    """

    run: int | None
    status: str
    trigger: str
    dry_run: bool = False
    plan: Plan | None = None
    stages: Mapping[str, float] = field(default_factory=dict)
    duration: float = 0.0
    feed_bytes: int | None = None
    error: BoothSyncError | None = None

    @property
    def counts(self) -> Counts:
        """The plan's counts; all 0 where there is no plan."""
        return self.plan.counts if self.plan else Counts()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every rejected, duplicate and conflicting item."""
        return self.plan.problems if self.plan else ()

    @property
    def exit_code(self) -> int:
        """The exit code of the process that ran it."""
        return self.error.exit_code if self.error else 0


def make_document(report: RunReport) -> dict[str, Any]:
    """Return the report as the JSON document of ``booth_sync sync --json``."""
    error = report.error
    document = {
        "run": report.run,
        "status": report.status,
        "trigger": report.trigger,
        "dry_run": report.dry_run,
        "counts": to_builtins(report.counts),
        "problems": [problem._asdict() for problem in report.problems],
        "stages": {stage: round(seconds, 4) for stage, seconds in report.stages.items()},
        "duration": round(report.duration, 4),
        "error": {"code": error.code, "message": error.message} if error else None,
    }
    if report.dry_run:
        document["changes"] = list_changes(report.plan) if report.plan else []
    return document


def list_changes(plan: Plan) -> list[dict[str, Any]]:
    """Return one object for each row that the plan would write, with its fields' old and new."""
    booths = [
        {"kind": c.kind, "booth": c.name, "menu": None, "fields": diff_booth(c)}
        for c in plan.booths
    ]
    menus = [
        {"kind": c.kind, "booth": c.booth, "menu": c.name, "fields": diff_menu(c)}
        for c in plan.menus
    ]
    return sorted(booths + menus, key=lambda change: (change["booth"], change["menu"] or ""))


def diff_booth(change: BoothChange) -> dict[str, list[Any]]:
    """Return each field that changes with its old and its new value; empty for a ``miss``."""
    if change.kind == "miss":
        return {}
    old = change.stored
    new = {
        "all_table": change.all_table,
        "usage_table": change.usage_table,
        "can_usage": change.can_usage,
    }
    return {
        name: [getattr(old, name, None), value]
        for name, value in new.items()
        if getattr(old, name, None) != value
    }


def diff_menu(change: MenuChange) -> dict[str, list[Any]]:
    """Return each field that changes with its old and its new value; empty for a ``miss``."""
    new = {"ingredient": change.ingredient, "sold": change.sold}
    return {
        name: [getattr(change.stored, name, None), value]
        for name, value in new.items()
        if value is not None
    }
