"""Reads the stored state and applies a plan: a constant number of queries, whatever the size.

All rows of a statement travel as one JSON parameter, which PostgreSQL and SQLite both unpack.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db import connection

from booth.models import Booth, BoothDetail, Menu
from booth.names import clean_name
from booth.sync.plan import (
    BoothChange,
    Kind,
    MenuChange,
    Plan,
    StoredBooth,
    StoredMenu,
    StoredState,
)

_BOOTH = Booth._meta.db_table
_DETAIL = BoothDetail._meta.db_table
_MENU = Menu._meta.db_table

_as_menu = partial(tuple.__new__, StoredMenu)  # StoredMenu._make without its checks
Change = TypeVar("Change", BoothChange, MenuChange)


def read_state() -> StoredState:
    """Return the stored booths and menus; two queries."""
    rows = Booth.objects.order_by("pk").values_list(
        "id",
        "name",
        "missing_since",
        "detail__all_table",
        "detail__usage_table",
        "detail__can_usage",
        "detail__description",
        "is_dorder",
    )
    managed = [StoredBooth._make(row[:-1]) for row in rows if row[-1]]
    booths = {clean_name(booth.name): booth for booth in managed}
    hand_made = {clean_name(row[1]) for row in rows if not row[-1]}
    return StoredState(booths=booths, menus=_read_menus(), hand_made=frozenset(hand_made))


def _read_menus() -> Mapping[int, Mapping[str, StoredMenu]]:
    """Return every menu by booth and name; people's own among them, which nobody looks up."""
    menus: defaultdict[int, dict[str, StoredMenu]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, booth_id, name, ingredient, sold, missing_since IS NOT NULL FROM {_MENU}"
        )
        for row in map(_as_menu, cursor.fetchall()):
            menus[row.booth_id][clean_name(row.name)] = row
    return menus


def apply(plan: Plan, *, now: datetime) -> None:
    """Write the plan: at most eight statements, each only where there is something to write.

    ``now`` becomes ``missing_since`` of what vanished. Belongs into a transaction.
    """
    booths = _sort_by_kind(plan.booths)
    ids = _create_booths(booths["create"])
    lacking = [change for change in booths["update"] if change.old.all_table is None]
    _create_details([*booths["create"], *lacking], ids=ids)
    _bring_back([change.old.id for change in booths["update"] if change.old.missing_since])
    _update_details([change for change in booths["update"] if change.old.all_table is not None])
    _mark_missing(_BOOTH, [change.old.id for change in booths["miss"]], now=now)
    menus = _sort_by_kind(plan.menus)
    _create_menus(menus["create"], ids=ids)
    _update_menus(menus["update"])
    _mark_missing(_MENU, [change.old.id for change in menus["miss"]], now=now)


def _sort_by_kind(changes: Sequence[Change]) -> dict[Kind, list[Change]]:
    kinds: dict[Kind, list[Change]] = {"create": [], "update": [], "miss": []}
    for change in changes:
        kinds[change.kind].append(change)
    return kinds


def _create_booths(changes: list[BoothChange]) -> dict[str, int]:
    created = _execute(
        f"INSERT INTO {_BOOTH} (name, category, is_dorder) "
        f"SELECT v.name, '{Booth.Category.BOOTH}', TRUE FROM {{rows}} RETURNING name, id",
        {"name": "text"},
        [(change.name,) for change in changes],
        returning=True,
    )
    return dict(created)


def _create_details(changes: list[BoothChange], *, ids: Mapping[str, int]) -> None:
    _execute(
        f"INSERT INTO {_DETAIL} (booth_id, all_table, usage_table, can_usage, description) "
        "SELECT v.booth_id, v.all_table, v.usage_table, v.can_usage, v.description FROM {rows}",
        {
            "booth_id": "bigint",
            "all_table": "integer",
            "usage_table": "integer",
            "can_usage": "boolean",
            "description": "text",
        },
        [
            (
                change.stored.id if change.stored else ids[change.name],
                change.all_table,
                change.usage_table,
                change.can_usage,
                change.description or "",
            )
            for change in changes
        ],
    )


def _update_details(changes: list[BoothChange]) -> None:
    """Write tables; a description only over the automatic text that the plan saw."""
    _execute(
        f"UPDATE {_DETAIL} SET all_table = v.all_table, usage_table = v.usage_table, "
        "can_usage = v.can_usage, description = CASE "
        f"WHEN v.description IS NOT NULL AND {_DETAIL}.description = v.seen "
        f"THEN v.description ELSE {_DETAIL}.description END "
        f"FROM {{rows}} WHERE {_DETAIL}.booth_id = v.booth_id",
        {
            "booth_id": "bigint",
            "all_table": "integer",
            "usage_table": "integer",
            "can_usage": "boolean",
            "description": "text",
            "seen": "text",
        },
        [
            (
                change.old.id,
                change.all_table,
                change.usage_table,
                change.can_usage,
                change.description,
                change.old.description,
            )
            for change in changes
        ],
    )


def _bring_back(ids: list[int]) -> None:
    _execute(
        f"UPDATE {_BOOTH} SET missing_since = NULL FROM {{rows}} WHERE {_BOOTH}.id = v.id",
        {"id": "bigint"},
        [(pk,) for pk in ids],
    )


def _mark_missing(table: str, ids: list[int], *, now: datetime) -> None:
    _execute(
        f"UPDATE {table} SET missing_since = %s FROM {{rows}} WHERE {table}.id = v.id",
        {"id": "bigint"},
        [(pk,) for pk in ids],
        connection.ops.adapt_datetimefield_value(now),
    )


def _create_menus(changes: list[MenuChange], *, ids: Mapping[str, int]) -> None:
    _execute(
        f"INSERT INTO {_MENU} (booth_id, name, price, ingredient, sold) "
        "SELECT v.booth_id, v.name, 0, v.ingredient, v.sold FROM {rows}",
        {"booth_id": "bigint", "name": "text", "ingredient": "integer", "sold": "integer"},
        [
            (
                change.booth_id or ids[change.booth],
                change.name,
                change.ingredient,
                change.sold or 0,
            )
            for change in changes
        ],
    )


def _update_menus(changes: list[MenuChange]) -> None:
    """Write stock and sales; an updated menu is listed, so it is not missing any more."""
    _execute(
        f"UPDATE {_MENU} SET ingredient = COALESCE(v.ingredient, {_MENU}.ingredient), "
        f"sold = COALESCE(v.sold, {_MENU}.sold), missing_since = NULL "
        f"FROM {{rows}} WHERE {_MENU}.id = v.id",
        {"id": "bigint", "ingredient": "integer", "sold": "integer"},
        [(change.old.id, change.ingredient, change.sold) for change in changes],
    )


def _execute(
    sql: str,
    columns: Mapping[str, str],
    rows: Sequence[tuple[Any, ...]],
    *parameters: Any,
    returning: bool = False,
) -> list[tuple[Any, ...]]:
    """Run ``sql`` with ``rows`` as its table ``v``; nothing happens where there are none."""
    if not rows:
        return []
    statement = sql.format(rows=_unpack(columns))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, json.dumps(rows, ensure_ascii=False)])
        return cursor.fetchall() if returning else []


def _unpack(columns: Mapping[str, str]) -> str:
    """Return the SQL of a table ``v`` that unpacks one JSON parameter into ``columns``."""
    if connection.vendor == "postgresql":
        cells = (
            f"(value->>{i})::{kind} AS {name}" for i, (name, kind) in enumerate(columns.items())
        )
        source = "jsonb_array_elements(%s::jsonb)"
    else:
        cells = (f"json_extract(value, '$[{i}]') AS {name}" for i, name in enumerate(columns))
        source = "json_each(%s)"
    return f"(SELECT {', '.join(cells)} FROM {source}) AS v"
