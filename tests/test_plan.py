"""What a plan writes, what it leaves alone, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from booth.sync.feed import parse
from booth.sync.plan import Counts, EntityCounts, Plan, StoredState, make_plan, settle
from tests.conftest import make_feed
from tests.test_plan_properties import LATER, NOTHING, NOW, apply, snapshot


def booth(name: str, tables: int = 10, used: int = 4, menus: Any = ()) -> dict[str, Any]:
    return {
        "boothName": name,
        "boothAllTable": tables,
        "boothUsageTable": used,
        "Menus": [dict(menu) for menu in menus],
    }


def menu(name: str, stock: Any = ..., sold: Any = ...) -> dict[str, Any]:
    fields = {"menuName": name, "menuIngredidentReminder": stock, "menuSalesQuantity": sold}
    return {key: value for key, value in fields.items() if value is not ...}


def plan(items: list[Any], stored: StoredState = NOTHING, **options: Any) -> Plan:
    return make_plan(settle(parse(make_feed(items))), stored, **({"now": LATER} | options))


def store(*items: Any) -> StoredState:
    return apply(plan([*items], now=NOW), NOTHING)


def list_changes(made: Plan) -> list[tuple[str, str]]:
    booths: list[tuple[str, str]] = [(change.kind, change.name) for change in made.booths]
    return booths + [(change.kind, f"{change.booth}/{change.name}") for change in made.menus]


def list_problems(made: Plan) -> list[tuple[str, str]]:
    return [(problem.kind, problem.path) for problem in made.problems]


def test_the_first_captured_answer_creates_12_booths_of_13_items(
    captured: Callable[[str], bytes],
) -> None:
    made = make_plan(settle(parse(captured("d-order"))), NOTHING, now=NOW)
    assert made.counts == Counts(
        booths=EntityCounts(created=12, duplicate=1),
        menus=EntityCounts(created=85, duplicate=3),
    )
    assert [p.path for p in made.problems if "부스가 또" in p.reason] == ["data.boothDetails[12]"]
    assert list_problems(made) == [
        ("duplicate", "data.boothDetails[0].Menus[3]"),
        ("duplicate", "data.boothDetails[10].Menus[11]"),
        ("duplicate", "data.boothDetails[11].Menus[5]"),
        ("duplicate", "data.boothDetails[12]"),
    ]
    rows = snapshot(apply(made, NOTHING))
    assert rows["공과대학 (원흥관)"][:3] == (False, 10, 5)
    assert len(rows["공과대학 (원흥관)"][3]) == 7
    assert rows["경영대학 포차"][3]["제육볶음"] == (False, 59, 0)
    assert rows["엘레펜테 - 만해광장"][3]["테이블 이용료"] == (False, 999_999, 0)
    assert rows["엘레펜테 - 만해광장"][3]["파전"] == (False, 32, 0)


def test_the_later_captured_answer_changes_exactly_what_changed(
    captured: Callable[[str], bytes],
) -> None:
    stored = apply(make_plan(settle(parse(captured("d-order"))), NOTHING, now=NOW), NOTHING)
    made = make_plan(settle(parse(captured("d-order-later"))), stored, now=LATER)
    assert made.counts == Counts(
        booths=EntityCounts(created=2, updated=5, unchanged=5, missing=2, duplicate=1),
        menus=EntityCounts(created=10, updated=24, unchanged=47, missing=1, duplicate=3),
    )
    changes = list_changes(made)
    assert [name for kind, name in changes if kind == "miss"] == [
        "북한학과",
        "푸름누리",
        "철학과 × 사학과/계란말이",
    ]
    rows = snapshot(apply(made, stored))
    assert rows["북한학과"][:3] == (True, 8, 6)
    assert {missing for missing, _stock, _sold in rows["북한학과"][3].values()} == {False}
    assert rows["총학생회 직영 부스"][3]["사이다"] == (False, 0, 0)
    assert rows["공과대학 (원흥관)"][:3] == (False, 10, 5)


def test_a_new_booth_is_described_with_the_time_and_a_new_menu_starts_without_figures() -> None:
    made = plan([booth("포차", 10, 10, [menu("파전")])])
    (created,), (added,) = made.booths, made.menus
    assert created.description == "D-Order 자동 업데이트: 2026-11-23 18:05"
    assert (created.all_table, created.usage_table, created.can_usage) == (10, 10, False)
    assert (added.kind, added.booth_id, added.ingredient, added.sold) == (
        "create",
        None,
        None,
        None,
    )


@pytest.mark.parametrize(("used", "free"), [(0, True), (9, True), (10, False), (11, False)])
def test_a_booth_has_room_while_fewer_tables_are_used_than_there_are(used: int, free: bool) -> None:
    (created,) = plan([booth("포차", 10, used)]).booths
    assert created.can_usage is free


def test_an_absent_or_null_figure_leaves_its_column_alone() -> None:
    stored = store(booth("포차", menus=[menu("파전", 5, 2), menu("콜라", 5, 2)]))
    items = [booth("포차", menus=[menu("파전"), menu("콜라", None, 3)])]
    (change,) = plan(items, stored).menus
    assert (change.name, change.ingredient, change.sold) == ("콜라", None, 3)
    assert snapshot(apply(plan(items, stored), stored))["포차"][3]["콜라"] == (False, 5, 3)


def test_a_stock_of_zero_is_written() -> None:
    (change,) = plan(
        [booth("포차", menus=[menu("파전", 0, 0)])],
        store(booth("포차", menus=[menu("파전", 5, 1)])),
    ).menus
    assert (change.ingredient, change.sold) == (0, 0)


def test_what_vanished_is_marked_once_and_comes_back_with_its_old_row() -> None:
    stored = store(booth("가", menus=[menu("파전", 5)]), booth("나"))
    gone = plan([booth("가")], stored)
    assert list_changes(gone) == [("miss", "나"), ("miss", "가/파전")]
    assert gone.booths[0].description is None
    without = apply(gone, stored)
    assert plan([booth("가")], without).is_empty
    back = plan([booth("가", menus=[menu("파전", 5)]), booth("나")], without)
    assert list_changes(back) == [("update", "나"), ("update", "가/파전")]
    assert back.booths[0].old.id == stored.booths["나"].id
    assert snapshot(apply(back, without)) == snapshot(stored)


def test_a_description_written_by_hand_survives_and_an_automatic_one_is_refreshed() -> None:
    stored = store(booth("가"), booth("나"), booth("다"))
    texts = {"가": "학생회관 앞", "나": "D-Order 자동 업데이트: 2026-11-23 18:00 (수정)"}
    rows = {
        n: row._replace(description=texts.get(n, row.description))
        for n, row in stored.booths.items()
    }
    made = plan(
        [booth("가", 11), booth("나", 11), booth("다", 11)], StoredState(booths=rows, menus={})
    )
    assert [change.description for change in made.booths] == [
        *(None, None),
        "D-Order 자동 업데이트: 2026-11-23 18:05",
    ]


def test_a_booth_without_its_detail_gets_one() -> None:
    stored = store(booth("가", 0, 0))
    bare = stored.booths["가"]._replace(
        all_table=None, usage_table=None, can_usage=None, description=None
    )
    (change,) = plan([booth("가", 0, 0)], StoredState(booths={"가": bare}, menus={})).booths
    assert (change.kind, change.description) == (
        "update",
        "D-Order 자동 업데이트: 2026-11-23 18:05",
    )


def test_a_wrong_stored_availability_is_set_right() -> None:
    wrong = store(booth("가", 10, 4)).booths["가"]._replace(can_usage=False)
    (change,) = plan([booth("가", 10, 4)], StoredState(booths={"가": wrong}, menus={})).booths
    assert change.can_usage


def test_a_booth_of_people_is_never_touched_but_reported() -> None:
    own = StoredState(booths={}, menus={}, hand_made=frozenset({"가"}))
    made = plan([booth("가", menus=[menu("파전", 1)]), booth("나")], own)
    assert list_changes(made) == [("create", "나")]
    assert list_problems(made) == [("conflict", "data.boothDetails[0]")]
    assert made.counts.booths == EntityCounts(created=1, conflict=1)


def test_a_plan_of_booths_alone_or_of_menus_alone_is_not_empty() -> None:
    stored = store(booth("가", menus=[menu("파전", 5)]))
    booths = plan([booth("가", 11, menus=[menu("파전", 5)])], stored)
    menus = plan([booth("가", menus=[menu("파전", 4)])], stored)
    assert [(len(p.booths), len(p.menus)) for p in (booths, menus)] == [(1, 0), (0, 1)]
    assert not booths.is_empty
    assert not menus.is_empty


def test_a_hundred_problems_are_told_the_worst_first_and_the_others_counted() -> None:
    twins = [booth("가", 1) for _ in range(150)]
    broken = [booth(f"나{i}", -1) for i in range(60)]
    own = StoredState(booths={}, menus={}, hand_made=frozenset({"가"}))
    made = plan([*twins, *broken], own)
    kinds = [problem.kind for problem in made.problems]
    assert kinds == ["rejected"] * 60 + ["conflict"] + ["duplicate"] * 39
    assert made.more_problems == 110
    assert made.counts.booths == EntityCounts(rejected=60, conflict=1, duplicate=149)
    assert made.problems[0].path == "data.boothDetails[150].boothAllTable"


@pytest.mark.parametrize("twin", [[], [booth("가", 0, 0)]], ids=["alone", "beside an empty twin"])
def test_a_broken_booth_with_a_name_leaves_its_row_as_it_is(twin: list[Any]) -> None:
    stored = store(booth("가", menus=[menu("파전", 5)]), booth("나"))
    made = plan([booth("가", -1), *twin, booth("나")], stored)
    assert made.is_empty
    assert list_problems(made) == [("rejected", "data.boothDetails[0].boothAllTable")]
    assert made.counts.booths == EntityCounts(unchanged=1 + len(twin), rejected=1)


@pytest.mark.parametrize("twin", [[], [menu("파전", 0)]], ids=["alone", "beside a twin"])
def test_a_broken_menu_with_a_name_leaves_its_row_as_it_is(twin: list[Any]) -> None:
    stored = store(booth("가", menus=[menu("파전", 5), menu("콜라", 1)]))
    made = plan([booth("가", menus=[menu("파전", "5"), *twin])], stored)
    assert list_changes(made) == [("miss", "가/콜라")]
    assert made.counts.menus.rejected == 1


def test_a_broken_item_without_a_readable_name_protects_nothing() -> None:
    stored = store(booth("가"), booth("나"))
    made = plan([booth("나"), booth("\u200b")], stored)
    assert list_changes(made) == [("miss", "가")]
