"""Applying a plan yields what the feed wants, and a second plan is empty."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from booth.errors import UnsafePlan
from booth.sync.feed import parse
from booth.sync.plan import Plan, StoredBooth, StoredMenu, StoredState, make_plan, settle
from tests.conftest import make_feed

NOW = datetime(2026, 11, 23, 18, 0)  # noqa: DTZ001
LATER = datetime(2026, 11, 23, 18, 5)  # noqa: DTZ001
NOTHING = StoredState(booths={}, menus={})

Items: TypeAlias = list[dict[str, Any]]
Rows: TypeAlias = dict[str, tuple[bool, int, int, dict[str, tuple[bool, int | None, int]]]]


def apply(plan: Plan, stored: StoredState) -> StoredState:
    """Return what is stored after ``plan`` was written to memory."""
    ids = itertools.count(1 + len(stored.booths) + sum(map(len, stored.menus.values())))
    booths = dict(stored.booths)
    for booth in plan.booths:
        wanted: dict[str, Any] = {
            "missing_since": None,
            "all_table": booth.all_table,
            "usage_table": booth.usage_table,
            "can_usage": booth.can_usage,
        }
        if booth.kind == "create":
            assert booth.name not in booths
            text = booth.description
            row = StoredBooth(id=next(ids), name=booth.name, description=text, **wanted)
        elif booth.kind == "miss":
            row = booths[booth.name]._replace(missing_since=NOW)
        else:
            old = booths[booth.name]
            row = old._replace(**wanted, description=booth.description or old.description)
        booths[booth.name] = row
    menus = {booth_id: dict(rows) for booth_id, rows in stored.menus.items()}
    for menu in plan.menus:
        rows = menus.setdefault(booths[menu.booth].id, {})
        rows[menu.name] = _write_menu(menu, rows, booth_id=booths[menu.booth].id, pk=next(ids))
    return StoredState(booths=booths, menus=menus, hand_made=stored.hand_made)


def _write_menu(
    change: Any, rows: Mapping[str, StoredMenu], *, booth_id: int, pk: int
) -> StoredMenu:
    if change.kind == "create":
        assert change.name not in rows
        return StoredMenu(pk, booth_id, change.name, change.ingredient, change.sold or 0, False)
    old = rows[change.name]
    if change.kind == "miss":
        return old._replace(is_missing=True)
    return old._replace(
        ingredient=old.ingredient if change.ingredient is None else change.ingredient,
        sold=old.sold if change.sold is None else change.sold,
        is_missing=False,
    )


def snapshot(stored: StoredState) -> Rows:
    """Return what is stored as plain values: missing, tables, and menus with their figures."""
    return {
        name: (
            booth.missing_since is not None,
            booth.all_table or 0,
            booth.usage_table or 0,
            {
                key: (row.is_missing, row.ingredient, row.sold)
                for key, row in stored.menus.get(booth.id, {}).items()
            },
        )
        for name, booth in stored.booths.items()
    }


def is_broken(item: dict[str, Any]) -> bool:
    return -1 in item.values()


def expect(rows: Rows, items: Items, hand_made: Iterable[str]) -> Rows:
    """Return the rows that the written rules want, without any code of the project."""
    names = {item["boothName"] for item in items}
    shielded = {item["boothName"] for item in items if is_broken(item)}
    after = {name: row if name in names else (True, *row[1:]) for name, row in rows.items()}
    for name in names - {name for name in hand_made if name not in rows}:
        sound = [item for item in items if item["boothName"] == name and not is_broken(item)]
        if not sound or (name in shielded and name in rows):
            continue
        best = min(sound, key=rank)
        menus = expect_menus(rows[name][3] if name in rows else {}, best["Menus"])
        after[name] = (False, best["boothAllTable"], best["boothUsageTable"], menus)
    return after


def rank(item: dict[str, Any]) -> tuple[Any, ...]:
    """Return what is least for the booth that counts, as docs/architecture.md has it."""
    names = sorted(menu["menuName"] for menu in item["Menus"])
    content = sorted(map(describe, item["Menus"]))
    return -item["boothAllTable"], -len(names), names, -item["boothUsageTable"], content


def describe(menu: dict[str, Any]) -> tuple[Any, ...]:
    faults = sorted(key for key, value in menu.items() if value == -1)
    return menu["menuName"], is_broken(menu), faults or rank_menu(menu)


def rank_menu(menu: dict[str, Any]) -> tuple[int, int]:
    """Return what is least for the menu that counts; a figure that is not told is below all."""
    stock, sold = menu.get("menuIngredidentReminder"), menu.get("menuSalesQuantity")
    return -(-1 if stock is None else stock), -(-1 if sold is None else sold)


def expect_menus(rows: dict[str, Any], items: Items) -> dict[str, Any]:
    names = {item["menuName"] for item in items}
    shielded = {item["menuName"] for item in items if is_broken(item)}
    after = {name: row if name in names else (True, *row[1:]) for name, row in rows.items()}
    for item in sorted(items, key=rank_menu, reverse=True):
        name = item["menuName"]
        if is_broken(item) or (name in shielded and name in rows):
            continue
        _missing, stock, sold = rows.get(name, (False, None, 0))
        told = (item.get("menuIngredidentReminder"), item.get("menuSalesQuantity"))
        stock, sold = (
            old if new is None else new for old, new in zip((stock, sold), told, strict=True)
        )
        after[name] = (False, stock, sold)
    return after


few = st.integers(0, 3)
figures = st.one_of(few, few, few, st.none(), st.just(-1))
menus = st.fixed_dictionaries(
    {"menuName": st.sampled_from("콜파두세")},
    optional={"menuIngredidentReminder": figures, "menuSalesQuantity": figures},
)
booths = st.fixed_dictionaries(
    {
        "boothName": st.sampled_from([f"부스{i}" for i in range(14)]),
        "boothAllTable": st.one_of(few, few, few, st.just(-1)),
        "boothUsageTable": few,
        "Menus": st.lists(menus, max_size=5),
    }
)
feeds = st.lists(booths, max_size=16)
hand_made = st.frozensets(st.sampled_from(["부스0", "부스1", "손수 만든 부스"]))


def follow(stored: StoredState, items: Items, *, now: datetime = NOW) -> tuple[Plan, StoredState]:
    """Plan and apply a feed; a feed that the guards refuse is of no interest here."""
    try:
        plan = make_plan(settle(parse(make_feed(items))), stored, now=now, allow_shrink=True)
    except UnsafePlan:
        assume(False)
        raise
    return plan, apply(plan, stored)


@settings(max_examples=300, deadline=None)
@given(st.lists(feeds, min_size=1, max_size=4), hand_made)
def test_applying_the_plans_of_a_day_yields_what_each_feed_wants(
    day: list[Items], own: frozenset[str]
) -> None:
    stored = StoredState(booths={}, menus={}, hand_made=own)
    for items in day:
        wanted = expect(snapshot(stored), items, own)
        _plan, stored = follow(stored, items)
        assert snapshot(stored) == wanted


@settings(max_examples=300, deadline=None)
@given(feeds, feeds, hand_made)
def test_a_second_plan_is_empty(before: Items, items: Items, own: frozenset[str]) -> None:
    _plan, stored = follow(StoredState(booths={}, menus={}, hand_made=own), before)
    first, stored = follow(stored, items)
    second = make_plan(settle(parse(make_feed(items))), stored, now=LATER)
    assert second.is_empty
    for again, once in (
        (second.counts.booths, first.counts.booths),
        (second.counts.menus, first.counts.menus),
    ):
        assert again.unchanged == once.unchanged + once.created + once.updated
        assert (again.created, again.updated, again.missing) == (0, 0, 0)
        assert (again.rejected, again.duplicate) == (once.rejected, once.duplicate)


names = st.sampled_from(["부스0", "부스1", "부스 1"])
twins = booths.flatmap(lambda item: names.map(lambda name: item | {"boothName": name}))
PLACE = re.compile(r"\[\d+\]")


@settings(max_examples=400, deadline=None)
@given(feeds, st.lists(twins, max_size=8), hand_made, st.randoms(use_true_random=False))
def test_the_order_of_the_lists_decides_nothing(
    before: Items, items: Items, own: frozenset[str], dice: Any
) -> None:
    _plan, stored = follow(StoredState(booths={}, menus={}, hand_made=own), before)
    plan, _stored = follow(stored, items)
    shuffled = [
        item | {"Menus": dice.sample(item["Menus"], len(item["Menus"]))}
        for item in dice.sample(items, len(items))
    ]
    other, _stored = follow(stored, shuffled)
    assert (other.booths, other.menus, other.counts) == (plan.booths, plan.menus, plan.counts)
    assert list_told(other) == list_told(plan)


def list_told(plan: Plan) -> list[tuple[str, str, str]]:
    """Return what people are told, without the places in the lists."""
    return sorted((each.kind, PLACE.sub("", each.path), each.reason) for each in plan.problems)


@settings(max_examples=300, deadline=None)
@given(feeds, feeds, hand_made)
def test_every_item_meets_exactly_one_fate(
    before: Items, items: Items, own: frozenset[str]
) -> None:
    _plan, stored = follow(StoredState(booths={}, menus={}, hand_made=own), before)
    plan, _stored = follow(stored, items)
    booths = plan.counts.booths
    told = booths.created + booths.updated + booths.unchanged + booths.duplicate
    assert told + booths.rejected + booths.conflict == len(items)
    keys = [change.name for change in plan.booths]
    assert keys == sorted(set(keys))
    pairs = [(change.booth, change.name) for change in plan.menus]
    assert pairs == sorted(set(pairs))
