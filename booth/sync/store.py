"""Reads the stored state and applies a plan with few queries, whatever the size.

The rows of a statement travel as one JSON parameter, which PostgreSQL and SQLite both unpack. A
site that adopted the sync has models of its own, so types and further columns are asked of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection
from django.db.models import CharField, Model, TextField

from booth.errors import ConfigError
from booth.models import Booth, BoothDetail, Menu
from booth.names import find_key
from booth.sync.plan import BoothChange, Change, Kind, Plan, StoredBooth, StoredMenu, StoredState

_CHUNK = 20_000
"""Rows of a statement: one emoji makes every character of its text take four bytes."""
_FIGURES = ("all_table", "usage_table", "can_usage", "description")

_as_menu = partial(tuple.__new__, StoredMenu)  # StoredMenu._make without its checks
_read_figures = attrgetter(*_FIGURES)
Row = tuple[Any, ...]
Picked = TypeVar("Picked", bound=Change[Any])


def read_state() -> StoredState:
    """Return the stored booths and menus; two queries."""
    detail = BoothDetail._meta.get_field("booth").related_query_name()
    figures = [f"{detail}__{name}" for name in _FIGURES]
    # the base manager: a site's own may hide rows, which would be created again
    rows = Booth._base_manager.order_by("pk").values_list(
        "pk", "name", "missing_since", *figures, "is_dorder"
    )
    managed = [StoredBooth._make(row[:-1]) for row in rows if row[-1]]
    booths = {find_key(booth.name): booth for booth in managed}
    hand_made = {find_key(row[1]) for row in rows if not row[-1]}
    return StoredState(booths=booths, menus=_read_menus(), hand_made=frozenset(hand_made))


def _read_menus() -> Mapping[int, Mapping[str, StoredMenu]]:
    """Return every menu by booth and key; people's own among them, which nobody looks up."""
    menus: defaultdict[int, dict[str, StoredMenu]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {Menu._meta.pk.column}, booth_id, name, ingredient, sold, "
            f"missing_since IS NOT NULL FROM {_quote(Menu)}"
        )
        for row in map(_as_menu, cursor.fetchall()):
            menus[row.booth_id][find_key(row.name)] = row
    return menus


def apply(plan: Plan, *, now: datetime) -> None:
    """Write the plan: at most eight statements, each only where there is something to write, and
    once for each ``_CHUNK`` rows.

    ``now`` becomes ``missing_since`` of what vanished. Belongs into a transaction. Raises
    ConfigError where a model has a field that a new row can be given no value for.
    """
    ids = _write_booths(plan, now=now)
    _write_menus(plan, ids=ids, now=now)


def _pick(kind: Kind, changes: Sequence[Picked]) -> list[Picked]:
    return [change for change in changes if change.kind == kind]


def _write_booths(plan: Plan, *, now: datetime) -> Mapping[str, int]:
    """Write booths and details; return the ids of the new booths by name."""
    new, updated = _pick("create", plan.booths), _pick("update", plan.booths)
    returned = f"RETURNING name, {Booth._meta.pk.column}"
    rows = [(change.name, True) for change in new]
    ids: dict[str, int] = dict(_insert(Booth, ("name", "is_dorder"), rows, returned))
    _update_details(updated)
    # No figure: there is no detail, or one that held NULL until the update above.
    lacking = [change for change in updated if change.old.all_table is None]
    present = f"SELECT 1 FROM {_quote(BoothDetail)} WHERE booth_id = v.booth"
    _insert(
        BoothDetail,
        ("booth", *_FIGURES),
        [
            (change.stored.id if change.stored else ids[change.name], *_read_figures(change))
            for change in [*new, *lacking]
        ],
        f"WHERE NOT EXISTS ({present})" if lacking else "",
    )
    _set_missing_since(Booth, [change for change in updated if change.old.missing_since], None)
    _set_missing_since(Booth, _pick("miss", plan.booths), now)
    return ids


def _update_details(changes: list[BoothChange]) -> None:
    """Write tables; a description only over the automatic text that the plan saw."""
    stored = f"{_quote(BoothDetail)}.description"
    is_as_seen = f"COALESCE({stored}, '') = COALESCE(v.seen, '')"
    _update(
        BoothDetail,
        "all_table = v.all_table, usage_table = v.usage_table, can_usage = v.can_usage, "
        f"description = CASE WHEN v.description IS NOT NULL AND {is_as_seen} "
        f"THEN v.description ELSE {stored} END",
        ("booth", *_FIGURES, "seen"),
        [(change.old.id, *_read_figures(change), change.old.description) for change in changes],
    )


def _write_menus(plan: Plan, *, ids: Mapping[str, int], now: datetime) -> None:
    """Write stock and sales; an updated menu is listed, so it is not missing any more."""
    new = [
        (change.booth_id or ids[change.booth], change.name, change.ingredient, change.sold or 0)
        for change in _pick("create", plan.menus)
    ]
    _insert(Menu, ("booth", "name", "ingredient", "sold"), new)
    table = _quote(Menu)
    _update(
        Menu,
        f"ingredient = COALESCE(v.ingredient, {table}.ingredient), "
        f"sold = COALESCE(v.sold, {table}.sold), missing_since = NULL",
        ("pk", "ingredient", "sold"),
        [(change.old.id, change.ingredient, change.sold) for change in _pick("update", plan.menus)],
    )
    _set_missing_since(Menu, _pick("miss", plan.menus), now)


def _set_missing_since(model: type[Model], rows: Sequence[Picked], since: datetime | None) -> None:
    moment = since and str(connection.ops.adapt_datetimefield_value(since))
    marked = [(change.old.id, moment) for change in rows]
    _update(model, "missing_since = v.missing_since", ("pk", "missing_since"), marked)


def _insert(
    model: type[Model], names: Sequence[str], rows: Sequence[Row], suffix: str = ""
) -> list[Row]:
    """Create ``rows`` of the fields ``names``; return what the SQL in ``suffix`` returns."""
    if not rows:
        return []
    others, fields = _fill_others(model, names), _get_fields(model)
    columns = ", ".join([*(fields[name].column for name in names), *others])
    values = ", ".join([*(f"v.{name}" for name in names), *("%s" for _ in others)])
    return _execute(
        f"INSERT INTO {_quote(model)} ({columns}) SELECT {values} "
        f"FROM {_unpack(model, names)} {suffix}",
        rows,
        *others.values(),
    )


def _fill_others(model: type[Model], names: Sequence[str]) -> dict[str, Any]:
    """Return, by column, what Django would store in the fields that are not among ``names``.

    Left out are NULL and what the database itself fills.
    """
    new, others = model(), {}
    for name, field in _get_fields(model).items():
        if name in names or field.primary_key or field.generated or field.has_db_default():
            continue
        value = field.get_db_prep_save(field.pre_save(new, add=True), connection)
        if value is not None:
            others[connection.ops.quote_name(field.column)] = value
        elif not field.null:
            message = f"{field}에 기본값이 없어 새 행을 만들 수 없습니다(docs/adopting.md)."
            raise ConfigError(message, code="schema")
    return others


def _update(model: type[Model], assignments: str, names: Sequence[str], rows: list[Row]) -> None:
    """Make ``assignments`` from each of ``rows`` to that whose first of ``names`` is the same."""
    if rows:
        table, key = _quote(model), names[0]
        is_same = f"{table}.{_get_fields(model)[key].column} = v.{key}"
        origin = f"{_unpack(model, names)} WHERE {is_same}"
        _execute(f"UPDATE {table} SET {assignments} FROM {origin}", rows)


def _execute(sql: str, rows: Sequence[Row], *parameters: Any) -> list[Row]:
    """Run ``sql``, whose last parameter are ``rows``, and return what it returns."""
    returned: list[Row] = []
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _CHUNK):
            text = json.dumps(rows[start : start + _CHUNK], ensure_ascii=False)
            cursor.execute(sql, [*parameters, text])
            returned += cursor.fetchall() if cursor.description else []
    return returned


def _unpack(model: type[Model], names: Sequence[str]) -> str:
    """Return the SQL of a table ``v`` that unpacks one JSON parameter into ``names``."""
    if connection.vendor != "postgresql":
        cells = (f"json_extract(value, '$[{i}]') AS {name}" for i, name in enumerate(names))
        return f"(SELECT {', '.join(cells)} FROM json_each(%s)) AS v"
    kinds = {
        name: field.db_type(connection)
        for name, field in _get_fields(model).items()
        if not isinstance(field, CharField | TextField)  # a cast would cut what is too long
    }
    cells = (f"(value->>{i})::{kinds.get(name, 'text')} AS {name}" for i, name in enumerate(names))
    return f"(SELECT {', '.join(cells)} FROM jsonb_array_elements(%s::jsonb)) AS v"


def _get_fields(model: type[Model]) -> dict[str, Any]:
    return {"pk": model._meta.pk} | {field.name: field for field in model._meta.concrete_fields}


def _quote(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
