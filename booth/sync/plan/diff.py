"""Compares the feed with what is stored."""

from __future__ import annotations

import re
from datetime import datetime

from booth.errors import Problem
from booth.sync.items import booth_path
from booth.sync.plan.guards import refuse_shrinking
from booth.sync.plan.types import (
    BoothChange,
    Counts,
    MenuChange,
    Plan,
    StoredState,
    select_problems,
)
from booth.sync.plan.wanted import Wanted, WantedBooth

AUTOMATIC_DESCRIPTION = re.compile(r"D-Order 자동 업데이트: \d{4}-\d\d-\d\d \d\d:\d\d")
"""What a description looks like that no person has touched."""

_CONFLICT = "사람이 관리하는 같은 이름의 부스(is_dorder 꺼짐)가 있습니다."


def make_plan(
    wanted: Wanted, stored: StoredState, *, now: datetime, allow_shrink: bool = False
) -> Plan:
    """Return what must be written so that ``stored`` becomes what is ``wanted``.

    ``now`` is local time and goes into automatic descriptions. Raises UnsafePlan for an empty or
    a shrunk list, unless ``allow_shrink``.
    """
    present = {item.booth.key for item in wanted.booths} | wanted.protected
    vanished = [
        BoothChange("miss", booth.name, booth)
        for key, booth in stored.booths.items()
        if booth.missing_since is None and key not in present
    ]
    if not allow_shrink:
        refuse_shrinking(
            wanted.booth_items.total,
            listed=sum(booth.missing_since is None for booth in stored.booths.values()),
            vanished=vanished,
            problems=wanted.problems,
        )
    conflicts = [
        Problem("conflict", booth_path(item.index), _CONFLICT, name=item.booth.name)
        for item in wanted.booths
        if item.booth.key in stored.hand_made
    ]
    # A name that only people's own booths bear is theirs; beside a row of ours it is ours as well.
    foreign = stored.hand_made - stored.booths.keys()
    listed = [item for item in wanted.booths if item.booth.key not in foreign]
    # A broken twin may be the real one, so the row of both stays as it is.
    settled = wanted.protected & stored.booths.keys()
    loose = [item for item in listed if item.booth.key not in settled]
    text = f"D-Order 자동 업데이트: {now:%Y-%m-%d %H:%M}"
    booths = [change for item in loose if (change := _diff_booth(item, stored, text))] + vanished
    menus = [change for item in loose for change in _diff_menus(item, stored)]
    problems = select_problems([*wanted.problems.first, *conflicts], more=wanted.problems.more)
    return Plan(
        booths=tuple(sorted(booths, key=lambda change: change.name)),
        menus=tuple(sorted(menus, key=lambda change: (change.booth, change.name))),
        problems=problems.first,
        more_problems=problems.more,
        counts=Counts(
            booths=wanted.booth_items.tally(booths, listed=len(listed), conflict=len(conflicts)),
            menus=wanted.menu_items.tally(menus, listed=sum(len(it.menus) for it in listed)),
        ),
    )


def _diff_booth(item: WantedBooth, stored: StoredState, description: str) -> BoothChange | None:
    wanted = item.booth
    tables = (wanted.all_table, wanted.usage_table)
    old = stored.booths.get(wanted.key)
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
    booth = stored.booths.get(item.booth.key)
    booth_id = booth.id if booth else None
    rows = stored.menus.get(booth.id, {}) if booth else {}
    changes = []
    kept = 0
    for menu in item.menus:
        row = rows.get(menu.key)
        if row is None:
            figures = (menu.ingredient, menu.sold)
            changes.append(MenuChange("create", menu.name, None, name, booth_id, *figures))
            continue
        kept += 1
        ingredient = None if menu.ingredient == row.ingredient else menu.ingredient
        sold = None if menu.sold == row.sold else menu.sold
        is_other = ingredient is not None or sold is not None or row.is_missing
        if is_other and menu.key not in item.protected:
            change = MenuChange("update", menu.name, row, name, booth_id, ingredient, sold)
            changes.append(change)
    if kept < len(rows):
        present = {menu.key for menu in item.menus} | item.protected
        changes += [
            MenuChange("miss", row.name, row, name, booth_id)
            for key, row in rows.items()
            if not row.is_missing and key not in present
        ]
    return changes
