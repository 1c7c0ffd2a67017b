"""Compares the feed with what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from booth.sync.feed import Feed, booth_path
from booth.sync.plan.guards import refuse_rejected, refuse_shrinking
from booth.sync.plan.twins import Wanted, WantedBooth, resolve
from booth.sync.plan.types import (
    AUTOMATIC_DESCRIPTION,
    BoothChange,
    Counts,
    EntityCounts,
    MenuChange,
    Plan,
    Problem,
    StoredBooth,
    StoredMenu,
    StoredState,
)

_NO_MENUS: Mapping[str, StoredMenu] = {}


def make_plan(
    feed: Feed, stored: StoredState, *, now: datetime, allow_shrink: bool = False
) -> Plan:
    """Return what must be written so that ``stored`` becomes what ``feed`` wants.

    ``now`` is local time and goes into automatic descriptions. Raises UnsafePlan; of the guards,
    ``allow_shrink`` lifts those against an empty and a shrunk list.
    """
    wanted = resolve(feed)
    refuse_rejected(wanted)
    conflicts = _find_conflicts(wanted, stored)
    listed = [item for item in wanted.booths if not _is_foreign(item, stored)]
    vanished = _find_vanished(wanted, stored)
    if not allow_shrink:
        refuse_shrinking(wanted, stored=stored, vanishing=len(vanished))
    description = f"D-Order 자동 업데이트: {now:%Y-%m-%d %H:%M}"
    loose = [item for item in listed if not _is_protected(item, wanted, stored)]
    booths = [change for item in loose if (change := _diff_booth(item, stored, description))]
    menus = [change for item in loose for change in _diff_menus(item, stored)]
    booths += vanished
    return Plan(
        booths=tuple(sorted(booths, key=lambda change: change.name)),
        menus=tuple(sorted(menus, key=lambda change: (change.booth, change.name))),
        problems=(*wanted.problems, *conflicts),
        counts=_count(wanted, listed, booths, menus, conflicts),
    )


def _is_foreign(item: WantedBooth, stored: StoredState) -> bool:
    name = item.booth.name
    return name in stored.hand_made and name not in stored.booths


def _is_protected(item: WantedBooth, wanted: Wanted, stored: StoredState) -> bool:
    """Tell whether a broken twin of ``item`` keeps their row as it is: it may be the real one."""
    return item.booth.name in wanted.protected and item.booth.name in stored.booths


def _find_conflicts(wanted: Wanted, stored: StoredState) -> list[Problem]:
    reason = "사람이 관리하는 같은 이름의 부스(is_dorder 꺼짐)가 있습니다."
    return [
        Problem("conflict", booth_path(item.index), f"'{item.booth.name}': {reason}")
        for item in wanted.booths
        if item.booth.name in stored.hand_made
    ]


def _find_vanished(wanted: Wanted, stored: StoredState) -> list[BoothChange]:
    present = {item.booth.name for item in wanted.booths} | wanted.protected
    return [
        BoothChange("miss", name, booth)
        for name, booth in stored.booths.items()
        if booth.missing_since is None and name not in present
    ]


def _diff_booth(item: WantedBooth, stored: StoredState, description: str) -> BoothChange | None:
    wanted = item.booth
    old = stored.booths.get(wanted.name)
    if old is None:
        tables = (wanted.all_table, wanted.usage_table)
        return BoothChange("create", wanted.name, None, *tables, description)
    can_usage = wanted.usage_table < wanted.all_table
    if old.missing_since is None and (old.all_table, old.usage_table, old.can_usage) == (
        wanted.all_table,
        wanted.usage_table,
        can_usage,
    ):
        return None
    refreshed = description if _is_automatic(old) else None
    return BoothChange("update", wanted.name, old, wanted.all_table, wanted.usage_table, refreshed)


def _is_automatic(booth: StoredBooth) -> bool:
    text = booth.description
    return text is None or AUTOMATIC_DESCRIPTION.fullmatch(text) is not None


def _diff_menus(item: WantedBooth, stored: StoredState) -> list[MenuChange]:
    name = item.booth.name
    booth = stored.booths.get(name)
    booth_id = booth.id if booth else None
    rows = stored.menus.get(booth.id, _NO_MENUS) if booth else _NO_MENUS
    changes = []
    kept = 0
    for menu in item.menus:
        row = rows.get(menu.name)
        if row is None:
            figures = (menu.ingredient, menu.sold)
            changes.append(MenuChange("create", name, booth_id, menu.name, None, *figures))
            continue
        kept += 1
        ingredient = None if menu.ingredient == row.ingredient else menu.ingredient
        sold = None if menu.sold == row.sold else menu.sold
        is_other = ingredient is not None or sold is not None or row.is_missing
        if is_other and menu.name not in item.protected:
            figures = (ingredient, sold)
            changes.append(MenuChange("update", name, booth_id, menu.name, row, *figures))
    if kept < len(rows):
        changes += _find_missing(item, rows, booth_id)
    return changes


def _find_missing(
    item: WantedBooth, rows: Mapping[str, StoredMenu], booth_id: int | None
) -> list[MenuChange]:
    present = {menu.name for menu in item.menus} | item.protected
    return [
        MenuChange("miss", item.booth.name, booth_id, name, row)
        for name, row in rows.items()
        if not row.is_missing and name not in present
    ]


def _count(
    wanted: Wanted,
    listed: list[WantedBooth],
    booths: list[BoothChange],
    menus: list[MenuChange],
    conflicts: list[Problem],
) -> Counts:
    return Counts(
        booths=_tally(
            booths,
            items=len(listed),
            rejected=wanted.rejected_booths,
            duplicate=wanted.duplicate_booths,
            conflict=len(conflicts),
        ),
        menus=_tally(
            menus,
            items=sum(len(item.menus) for item in listed),
            rejected=wanted.rejected_menus,
            duplicate=wanted.duplicate_menus,
            conflict=0,
        ),
    )


def _tally(
    changes: list[BoothChange] | list[MenuChange],
    *,
    items: int,
    rejected: int,
    duplicate: int,
    conflict: int,
) -> EntityCounts:
    kinds = [change.kind for change in changes]
    created, updated = kinds.count("create"), kinds.count("update")
    return EntityCounts(
        created=created,
        updated=updated,
        unchanged=items - created - updated,
        missing=kinds.count("miss"),
        rejected=rejected,
        duplicate=duplicate,
        conflict=conflict,
    )
