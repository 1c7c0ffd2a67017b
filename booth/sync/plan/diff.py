"""Compares the feed with what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from booth.sync.feed import Feed, booth_path
from booth.sync.plan.guards import refuse_rejected, refuse_shrinking
from booth.sync.plan.types import (
    AUTOMATIC_DESCRIPTION,
    BoothChange,
    Counts,
    EntityCounts,
    MenuChange,
    Plan,
    Problem,
    StoredMenu,
    StoredState,
)
from booth.sync.plan.wanted import Wanted, WantedBooth, settle_names

_NO_MENUS: Mapping[str, StoredMenu] = {}
_CONFLICT = "사람이 관리하는 같은 이름의 부스(is_dorder 꺼짐)가 있습니다."


def make_plan(
    feed: Feed, stored: StoredState, *, now: datetime, allow_shrink: bool = False
) -> Plan:
    """Return what must be written so that ``stored`` becomes what ``feed`` wants.

    ``now`` is local time and goes into automatic descriptions. Raises UnsafePlan; of the guards,
    ``allow_shrink`` lifts those against an empty and a shrunk list.
    """
    wanted = settle_names(feed)
    refuse_rejected(wanted)
    present = {item.booth.name for item in wanted.booths} | wanted.protected
    vanished = [
        BoothChange("miss", name, booth)
        for name, booth in stored.booths.items()
        if booth.missing_since is None and name not in present
    ]
    if not allow_shrink:
        refuse_shrinking(wanted, stored=stored, vanishing=len(vanished))
    conflicts = [
        Problem("conflict", booth_path(item.index), f"'{item.booth.name}': {_CONFLICT}")
        for item in wanted.booths
        if item.booth.name in stored.hand_made
    ]
    # A name that only people's own booths bear is theirs; beside a row of ours it is ours as well.
    foreign = stored.hand_made - stored.booths.keys()
    listed = [item for item in wanted.booths if item.booth.name not in foreign]
    # A broken twin may be the real one, so the row of both stays as it is.
    settled = wanted.protected & stored.booths.keys()
    loose = [item for item in listed if item.booth.name not in settled]
    text = f"D-Order 자동 업데이트: {now:%Y-%m-%d %H:%M}"
    booths = [change for item in loose if (change := _diff_booth(item, stored, text))] + vanished
    menus = [change for item in loose for change in _diff_menus(item, stored)]
    return Plan(
        booths=tuple(sorted(booths, key=lambda change: change.name)),
        menus=tuple(sorted(menus, key=lambda change: (change.booth, change.name))),
        problems=(*wanted.problems, *conflicts),
        counts=_count(wanted, listed, booths, menus, len(conflicts)),
    )


def _diff_booth(item: WantedBooth, stored: StoredState, description: str) -> BoothChange | None:
    wanted = item.booth
    tables = (wanted.all_table, wanted.usage_table)
    old = stored.booths.get(wanted.name)
    if old is None:
        return BoothChange("create", wanted.name, None, *tables, description)
    figures = (*tables, wanted.usage_table < wanted.all_table)
    if old.missing_since is None and (old.all_table, old.usage_table, old.can_usage) == figures:
        return None
    # What a person wrote stays; only the text that a run wrote is written anew.
    is_automatic = old.description is None or AUTOMATIC_DESCRIPTION.fullmatch(old.description)
    return BoothChange("update", wanted.name, old, *tables, description if is_automatic else None)


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
        present = {menu.name for menu in item.menus} | item.protected
        changes += [
            MenuChange("miss", name, booth_id, key, row)
            for key, row in rows.items()
            if not row.is_missing and key not in present
        ]
    return changes


def _count(
    wanted: Wanted,
    listed: list[WantedBooth],
    booths: list[BoothChange],
    menus: list[MenuChange],
    conflicts: int,
) -> Counts:
    return Counts(
        booths=_tally(
            booths,
            listed=len(listed),
            rejected=wanted.rejected_booths,
            duplicate=wanted.booth_items - wanted.rejected_booths - len(wanted.booths),
            conflict=conflicts,
        ),
        menus=_tally(
            menus,
            listed=sum(len(item.menus) for item in listed),
            rejected=wanted.rejected_menus,
            duplicate=wanted.menu_items
            - wanted.rejected_menus
            - sum(len(item.menus) for item in wanted.booths),
        ),
    )


def _tally(
    changes: Sequence[BoothChange | MenuChange], *, listed: int, **others: int
) -> EntityCounts:
    kinds = [change.kind for change in changes]
    created, updated = kinds.count("create"), kinds.count("update")
    return EntityCounts(
        created=created,
        updated=updated,
        unchanged=listed - created - updated,
        missing=kinds.count("miss"),
        **others,
    )
