"""The rows that a dry run would write, as documents; few enough to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, TypedDict

from booth import texts
from booth.sync.plan import BoothChange, MenuChange, Plan

TABLES, STOCK = ("all_table", "usage_table", "can_usage"), ("ingredient", "sold")
"""The fields of a booth and of a menu that a run changes."""
MAX_CHANGES = 1000
"""As many rows of a dry run are shown; of the others only how many they are."""


class ChangeDocument(TypedDict):
    """A row that a run would write; ``fields`` maps each to its old and its new value."""

    kind: str
    booth: str
    menu: str | None
    fields: dict[str, list[Any]]


def list_changes(plan: Plan) -> list[ChangeDocument]:
    """Return a document for each of the first rows that the plan would write, sorted by name."""
    rows: list[tuple[str, str, BoothChange | MenuChange]]
    rows = [(change.name, "", change) for change in plan.booths]
    rows += [(change.booth, change.name, change) for change in plan.menus]
    return [_describe_change(*row) for row in sorted(rows, key=itemgetter(0, 1))[:MAX_CHANGES]]


def describe_field(field: str, old: Any, new: Any) -> str:
    """Return in words how a field changes; a new row's has no old value."""
    values = [_show(value) for value in (old, new) if value is not None]
    return f"{texts.FIELDS[field]} {' → '.join(values)}".strip()


def _describe_change(booth: str, menu: str, change: BoothChange | MenuChange) -> ChangeDocument:
    """Return the document of a row; a ``miss`` changes no field."""
    names: Sequence[str] = STOCK if menu else TABLES
    shown = () if change.kind == "miss" else names
    pairs = {name: [getattr(change.stored, name, None), getattr(change, name)] for name in shown}
    # None in a menu's change leaves its column alone.
    fields = {name: pair for name, pair in pairs.items() if pair[1] not in (None, pair[0])}
    return {"kind": change.kind, "booth": booth, "menu": menu or None, "fields": fields}


def _show(value: Any) -> str:
    return texts.USABLE[value] if isinstance(value, bool) else str(value)
