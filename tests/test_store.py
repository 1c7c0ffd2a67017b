"""Reading and writing the stored state: right rows, few queries, no needless write."""

from __future__ import annotations

import json
import random
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from booth.models import Booth, BoothDetail, Menu
from booth.sync import store
from booth.sync.feed import parse
from booth.sync.plan import Plan, make_plan, settle
from tests.conftest import make_feed
from tests.faults.databases import Row
from tests.faults.in_process import count_written_rows, snapshot

pytestmark = [pytest.mark.database, pytest.mark.django_db]

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
PERMUTATIONS = 200
NFC = "북한학과"
NFD = unicodedata.normalize("NFD", NFC)


def sync(booths: list[Any], **options: bool) -> Plan:
    plan = make_plan(settle(parse(make_feed(booths))), store.read_state(), now=NOW, **options)
    with transaction.atomic():
        store.apply(plan, now=NOW)
    return plan


def make_booth(name: str = NFC, *menus: dict[str, Any], tables: int = 9, used: int = 2) -> Any:
    tabled = {"boothName": name, "boothAllTable": tables, "boothUsageTable": used}
    return tabled | {"Menus": list(menus)}


def make_menu(name: str = "파전", **figures: int | None) -> dict[str, Any]:
    keys = {"stock": "menuIngredidentReminder", "sold": "menuSalesQuantity"}
    return {"menuName": name} | {keys[key]: figure for key, figure in figures.items()}


def make_festival(size: int, *, used: int = 1, menu: str = "메뉴") -> list[Any]:
    menus = [make_menu(f"{menu} {n}", stock=used) for n in range(3)]
    return [make_booth(f"부스 {n}", *menus, used=used) for n in range(size)]


def test_a_new_booth_gets_all_of_its_columns() -> None:
    sync([make_booth(NFC, make_menu(stock=5), make_menu("콜라"), make_menu("물", sold=3))])
    booth = Booth.objects.get()
    assert (booth.name, booth.category, booth.is_dorder) == (NFC, "BOOTH", True)
    assert booth.missing_since is None
    assert (booth.detail.all_table, booth.detail.usage_table, booth.detail.can_usage) == (
        9,
        2,
        True,
    )
    assert booth.detail.description == "D-Order 자동 업데이트: 2026-11-23 18:00"
    columns = ("name", "price", "ingredient", "sold", "missing_since")
    assert set(booth.menus.values_list(*columns)) == {
        ("파전", 0, 5, 0, None),
        ("콜라", 0, None, 0, None),
        ("물", 0, None, 3, None),
    }


@pytest.mark.parametrize(
    ("tables", "used", "is_free"), [(0, 0, False), (5, 4, True), (5, 5, False), (5, 9, False)]
)
def test_a_booth_has_room_while_a_table_is_free(tables: int, used: int, is_free: bool) -> None:
    sync([make_booth(tables=tables, used=used)])
    detail = BoothDetail.objects.get()
    assert (detail.all_table, detail.usage_table, detail.can_usage) == (tables, used, is_free)


def test_absent_figures_leave_their_columns_alone() -> None:
    sync([make_booth(NFC, make_menu(stock=5, sold=3))])
    for menu in (make_menu(), make_menu(stock=None), make_menu(stock=None, sold=None)):
        assert sync([make_booth(NFC, menu)]).is_empty
    sync([make_booth(NFC, make_menu(stock=0))])
    assert Menu.objects.values_list("ingredient", "sold").get() == (0, 3)
    sync([make_booth(NFC, make_menu(sold=0))])
    assert Menu.objects.values_list("ingredient", "sold").get() == (0, 0)


def test_what_people_wrote_survives() -> None:
    sync([make_booth(NFC, make_menu(stock=5))])
    BoothDetail.objects.update(description="손으로 쓴 설명")
    Booth.objects.update(category="FOOD_TRUCK")
    Menu.objects.update(price=12_000)
    sync([make_booth(NFC, make_menu(stock=4), used=3)])
    assert BoothDetail.objects.get().description == "손으로 쓴 설명"
    assert Menu.objects.values_list("price", "ingredient").get() == (12_000, 4)
    assert Booth.objects.get().category == "FOOD_TRUCK"


def test_an_automatic_description_tells_of_the_last_change() -> None:
    sync([make_booth()])
    old = "D-Order 자동 업데이트: 2026-11-23 09:00"
    BoothDetail.objects.update(description=old)
    sync([make_booth()])
    assert BoothDetail.objects.get().description == old
    sync([make_booth(used=3)])
    assert BoothDetail.objects.get().description == "D-Order 자동 업데이트: 2026-11-23 18:00"


def test_a_description_written_while_the_run_planned_survives() -> None:
    sync([make_booth()])
    plan = make_plan(settle(parse(make_feed([make_booth(used=3)]))), store.read_state(), now=NOW)
    BoothDetail.objects.update(description="방금 쓴 설명")
    store.apply(plan, now=NOW)
    assert BoothDetail.objects.values_list("description", "usage_table").get() == (
        "방금 쓴 설명",
        3,
    )


def test_a_booth_without_a_detail_gets_one() -> None:
    booth = Booth.objects.create(name=NFC, is_dorder=True)
    sync([make_booth()])
    assert BoothDetail.objects.values_list("booth_id", "all_table").get() == (booth.pk, 9)


def test_what_vanishes_is_marked_and_what_returns_is_the_same_row() -> None:
    both = [make_booth(NFC, make_menu(stock=5), make_menu("콜라")), make_booth("철학과")]
    sync(both)
    ids = set(Booth.objects.values_list("pk")), set(Menu.objects.values_list("pk"))
    sync([make_booth(NFC, make_menu(stock=5))])
    missing = Booth.objects.exclude(missing_since=None).values_list("name", "missing_since")
    assert list(missing) == [("철학과", NOW)]
    assert Menu.objects.exclude(missing_since=None).get().name == "콜라"
    assert sync([make_booth(NFC, make_menu(stock=5))]).is_empty
    sync(both)
    assert not Booth.objects.exclude(missing_since=None).exists()
    assert not Menu.objects.exclude(missing_since=None).exists()
    assert (set(Booth.objects.values_list("pk")), set(Menu.objects.values_list("pk"))) == ids


def test_booths_of_people_are_never_touched() -> None:
    Booth.objects.create(name=NFC)
    before = snapshot()
    plan = sync([make_booth(NFC, make_menu()), make_booth(f" {NFD} ", make_menu())])
    assert plan.is_empty
    assert [problem.kind for problem in plan.problems].count("conflict") >= 1
    assert snapshot() == before


def test_texts_are_stored_as_they_are() -> None:
    names = ["'; DROP TABLE booth_booth; --", '"\\"', "%s {rows} 100%", "프론티어 🚀", "a\u0301"]
    sync([make_booth(name, make_menu(name, stock=1)) for name in names])
    stored = {unicodedata.normalize("NFC", name) for name in names}
    assert set(Booth.objects.values_list("name", flat=True)) == stored
    assert set(Menu.objects.values_list("name", flat=True)) == stored


def count_queries(size: int) -> list[int]:
    """Return the queries to create, to change, to lose and bring back, and to leave alone."""
    counts = []
    for booths in (
        make_festival(size),
        make_festival(size, used=2),
        make_festival(size, used=3, menu="다른 메뉴"),
        make_festival(size, used=3, menu="다른 메뉴"),
        make_festival(size + 1, used=3)[:0:-1],
        make_festival(size, used=3),
    ):
        with CaptureQueriesContext(connection) as captured:
            sync(booths)
        counts.append(len(captured))
    Booth.objects.all().delete()
    return counts


def test_the_number_of_queries_is_the_same_for_10_and_for_1000_booths() -> None:
    few, many = count_queries(10), count_queries(1000)
    assert few == many
    assert max(few) <= 12
    assert few[3] == min(few)


def test_a_feed_that_was_stored_before_writes_no_row() -> None:
    booths = make_festival(20)
    sync(booths)
    rng = random.Random(0)
    queries = []
    for _ in range(100):
        rng.shuffle(booths)
        with CaptureQueriesContext(connection) as captured:
            assert sync(booths).is_empty
        queries += [query["sql"].split()[0] for query in captured]
    assert set(queries) == {"SELECT", "SAVEPOINT", "RELEASE"}


@pytest.mark.django_db(transaction=True)
def test_a_feed_that_was_stored_before_leaves_the_counters_of_the_database() -> None:
    before = count_written_rows()
    sync(make_festival(20))
    between = count_written_rows()
    assert between - before == 20 + 20 + 60
    for _ in range(100):
        sync(make_festival(20))
    assert count_written_rows() == between
    sync(make_festival(20, used=2))
    assert count_written_rows() == between + 20 + 60


MIXED = [
    make_booth(NFC, make_menu(stock=5), make_menu("콜라", stock=1), tables=10, used=5),
    make_booth(NFD, make_menu("가짜"), tables=3),
    make_booth("북한\u200b학과", tables=0),
    make_booth("경영대학  포차", make_menu("파\u200b전", stock=4)),
    make_booth("경영대학 포차", tables=8),
    make_booth(" 철학과\n×  사학과 ", make_menu(NFD, stock=2, sold=1)),
    make_booth("프론티어 🚀", make_menu("라면")),
    *make_festival(4),
]


@pytest.mark.parametrize("stored", [[], make_festival(6, used=4), MIXED])
def test_the_order_of_a_feed_makes_no_difference(stored: list[Any]) -> None:
    rng = random.Random(len(stored))
    feed = json.loads(json.dumps(MIXED))
    sync(stored)
    states: set[tuple[Row, ...]] = set()
    for _ in range(PERMUTATIONS):
        rng.shuffle(feed)
        mark = transaction.savepoint()
        sync(feed)
        states.add(tuple(snapshot()))
        transaction.savepoint_rollback(mark)
    assert len(states) == 1
    [rows] = states
    listed = {row[0] for row in rows if row[1] == "BOOTH" and row[3]}
    assert listed == {NFC, "경영대학 포차", "철학과 × 사학과", "프론티어 🚀"} | {
        f"부스 {n}" for n in range(4)
    }
    tables = {row[0]: row[4:6] for row in rows if row[1] == "BOOTH"}
    assert (tables[NFC], tables["경영대학 포차"]) == ((10, 5), (9, 2))
