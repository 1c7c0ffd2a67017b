"""Of several booths or menus with one name one counts, and the order of the list never decides."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from booth.sync.plan import EntityCounts
from tests.conftest import make_feed
from tests.faults.in_process import count_written_rows, make_runner, snapshot
from tests.test_plan import booth, list_problems, menu, plan, store


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
def test_of_twins_the_one_with_most_tables_then_most_menus_counts(order: tuple[int, ...]) -> None:
    twins = [
        booth("가", 0, 0, [menu("파전"), menu("콜라"), menu("두부")]),
        booth("가", 5, 1),
        booth("가", 5, 2, [menu("파전")]),
    ]
    made = plan([twins[i] for i in order])
    assert [(c.all_table, c.usage_table) for c in made.booths] == [(5, 2)]
    assert made.counts.booths == EntityCounts(created=1, duplicate=2)
    assert [kind for kind, _path in list_problems(made)] == ["duplicate", "duplicate"]


def either_way(*twins: Any) -> list[list[Any]]:
    return [list(order) for order in itertools.permutations(twins)]


@pytest.mark.parametrize(
    "twins",
    either_way(
        booth("가", 5, 1, [menu("나", 9), menu("다", 9)]),
        booth("가", 5, 2, [menu("가", 1), menu("다", 1)]),
        booth("가", 5, 3, [menu("나", 8), menu("다", 8)]),
    ),
)
def test_of_twins_alike_in_size_the_first_by_its_menu_names_counts(twins: list[Any]) -> None:
    made = plan(twins)
    assert [c.usage_table for c in made.booths] == [2]
    assert [(c.name, c.ingredient) for c in made.menus] == [("가", 1), ("다", 1)]


@pytest.mark.parametrize("twins", either_way(*(booth("가", 5, used) for used in (1, 3, 2))))
def test_of_twins_alike_in_menus_the_one_with_more_tables_in_use_counts(twins: list[Any]) -> None:
    assert [c.usage_table for c in plan(twins).booths] == [3]


@pytest.mark.parametrize(
    "twins",
    either_way(
        booth("가", 5, 1, [menu("나", 1), menu("다", 7)]),
        booth("가", 5, 1, [menu("다", 2), menu("나", 3)]),
        booth("가", 5, 1, [menu("나", 3), menu("다", 1)]),
    ),
)
def test_of_twins_alike_in_all_else_what_is_in_them_decides(twins: list[Any]) -> None:
    assert [(c.name, c.ingredient) for c in plan(twins).menus] == [("나", 3), ("다", 2)]


def test_an_order_at_either_of_two_twins_does_not_change_which_counts() -> None:
    first, second = booth("가", 5, 1, [menu("나", 9)]), booth("가", 5, 1, [menu("다", 9)])
    stored = store(first, second)
    ordered = second | {"boothUsageTable": 2, "Menus": [menu("다", 8)]}
    assert plan([first, ordered], stored).is_empty
    assert plan([ordered, first], stored).is_empty


@pytest.mark.parametrize(
    ("twins", "counted"),
    [
        ([menu("파전", 1), menu("파전", 3), menu("파전", 2)], (3, None)),
        ([menu("파전", 3, 1), menu("파전", 3, 2), menu("파전", 3)], (3, 2)),
        ([menu("파전"), menu("파전", 0), menu("파전", None, 9)], (0, None)),
        ([menu("파전", sold=4), menu("파전", sold=5), menu("파전")], (None, 5)),
    ],
    ids=["stock", "sold", "none is less than nothing left", "no stock at all"],
)
def test_of_twin_menus_the_one_with_most_stock_then_most_sold_counts(
    twins: list[Any], counted: tuple[int | None, int | None]
) -> None:
    for menus in either_way(*twins):
        made = plan([booth("가", 5, 1, menus)])
        assert [(c.ingredient, c.sold) for c in made.menus] == [counted]
        assert made.counts.menus == EntityCounts(created=1, duplicate=2)
        assert {(p.name, p.reason) for p in made.problems} == {
            ("가 / 파전", "같은 이름의 메뉴가 또 있어, 재고가 더 많은 쪽을 씁니다.")
        }


def test_duplicate_menus_are_counted_beside_rejected_ones() -> None:
    menus = [menu("파전", 1), menu("파전", 2), menu("파전", 3), menu("콜라", "5"), menu("라면")]
    made = plan([booth("가", 5, 1, menus)])
    assert made.counts.menus == EntityCounts(created=2, rejected=1, duplicate=2)
    assert list_problems(made) == [
        ("rejected", "data.boothDetails[0].Menus[3].menuIngredidentReminder"),
        ("duplicate", "data.boothDetails[0].Menus[0]"),
        ("duplicate", "data.boothDetails[0].Menus[1]"),
    ]


def test_spellings_of_one_name_are_twins() -> None:
    made = plan([booth("한  식"), booth("\u1112\u1161\u11ab\u200b 식")])
    assert made.counts.booths == EntityCounts(created=1, duplicate=1)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_sixty_rounds_of_swapped_twins_write_only_their_runs(
    tmp_path: Path, captured: Callable[[str], bytes]
) -> None:
    run_feed = make_runner(tmp_path)
    items = json.loads(captured("d-order"))["data"]["boothDetails"]
    # A twin of each, as a second sign-up leaves it: as large, and of another state.
    items += [
        item
        | {"boothUsageTable": 1}
        | {"Menus": [menu | {"menuIngredidentReminder": 5} for menu in item["Menus"]]}
        for item in items
    ]
    run_feed(make_feed(items))
    before, written = snapshot(), count_written_rows()
    dice = random.Random(7)
    for number in range(1, 61):
        dice.shuffle(items)
        for item in items:
            dice.shuffle(item["Menus"])
        report = run_feed(make_feed(items))
        assert report.counts.booths == EntityCounts(unchanged=12, duplicate=14)
        own_rows = 2 * number if connection.vendor == "sqlite" else 0
        assert count_written_rows() - written == own_rows
    assert snapshot() == before
