"""Feeds that would do more harm than good are refused."""

from __future__ import annotations

from typing import Any

import pytest

from booth.errors import UnsafePlan
from booth.sync.plan import StoredState
from tests.test_plan import booth, menu, plan, store
from tests.test_plan_properties import NOTHING, apply


def make_booths(count: int) -> list[Any]:
    return [booth(f"부스{i:02}") for i in range(count)]


def refuse(items: list[Any], stored: StoredState, **options: Any) -> str:
    """Return the code of the refusal, or nothing where the feed is accepted."""
    try:
        plan(items, stored, **options)
    except UnsafePlan as error:
        return error.code
    return ""


@pytest.mark.parametrize("broken", [{"boothName": "x"}, None, booth("x", -1)])
@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        (1, 1, ""),
        (1, 2, "feed_rejected"),
        (0, 1, "feed_rejected"),
        (50, 50, ""),
        (49, 50, "feed_rejected"),
    ],
)
def test_more_than_half_broken_booths_are_refused(
    good: int, bad: int, code: str, broken: Any
) -> None:
    items = make_booths(good) + [broken] * bad
    assert refuse(items, NOTHING) == code
    assert refuse(items, NOTHING, allow_shrink=True) == code


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [(5, 5, ""), (5, 6, "feed_rejected"), (0, 9, ""), (0, 10, "feed_rejected")],
)
def test_more_than_half_broken_menus_of_at_least_10_are_refused(
    good: int, bad: int, code: str
) -> None:
    menus = [menu(f"메뉴{i}") for i in range(good)] + [menu("x", "5")] * bad
    assert refuse([booth("가", menus=menus)], NOTHING) == code


def test_items_of_a_list_without_menus_are_refused_as_another_endpoint() -> None:
    items = [{"boothName": f"부스{i}", "boothAllTable": 1, "boothUsageTable": 1} for i in range(3)]
    assert refuse(items, store(*make_booths(3))) == "feed_rejected"


@pytest.mark.parametrize("stored", [1, 9, 10])
def test_an_empty_list_over_stored_booths_is_refused_unless_allowed(stored: int) -> None:
    rows = store(*make_booths(stored))
    assert refuse([], rows) == "feed_empty"
    assert plan([], rows, allow_shrink=True).counts.booths.missing == stored


def test_an_empty_list_over_nothing_or_over_missing_booths_is_accepted() -> None:
    assert plan([], NOTHING).is_empty
    rows = store(*make_booths(3))
    assert plan([], apply(plan([], rows, allow_shrink=True), rows)).is_empty


@pytest.mark.parametrize(
    ("stored", "left", "code"),
    [(10, 5, ""), (10, 4, "feed_shrunk"), (9, 1, ""), (11, 6, ""), (11, 5, "feed_shrunk")],
)
def test_more_than_half_of_at_least_10_vanishing_is_refused_unless_allowed(
    stored: int, left: int, code: str
) -> None:
    rows = store(*make_booths(stored))
    assert refuse(make_booths(left), rows) == code
    made = plan(make_booths(left), rows, allow_shrink=True)
    assert made.counts.booths.missing == stored - left


def test_booths_that_are_missing_already_do_not_vanish_again() -> None:
    rows = store(*make_booths(20))
    rows = apply(plan(make_booths(10), rows), rows)
    assert refuse(make_booths(5), rows) == ""
    assert refuse(make_booths(4), rows) == "feed_shrunk"


def test_new_booths_do_not_make_up_for_vanished_ones() -> None:
    others = [booth(f"새 부스{i}") for i in range(20)]
    assert refuse(make_booths(4) + others, store(*make_booths(10))) == "feed_shrunk"


def test_a_broken_booth_with_a_name_has_not_vanished() -> None:
    items = [*make_booths(4), booth("부스04", -1)]
    assert refuse(items, store(*make_booths(10))) == ""


def refuse_with(items: list[Any], stored: StoredState = NOTHING) -> UnsafePlan:
    with pytest.raises(UnsafePlan) as caught:
        plan(items, stored)
    return caught.value


def test_a_refused_list_tells_the_first_hundred_problems_and_counts_the_others() -> None:
    error = refuse_with([*make_booths(20), *make_booths(20), *[booth("x", -1)] * 250])
    assert error.message.startswith("부스 290개 중 250개가 잘못되어 아무것도 바꾸지")
    assert [problem.path for problem in error.problems] == [
        f"data.boothDetails[{place}].boothAllTable" for place in range(40, 140)
    ]
    assert {problem.kind for problem in error.problems} == {"rejected"}
    assert error.more_problems == 150 + 20


def test_a_list_whose_menus_are_broken_tells_their_paths() -> None:
    menus = [menu(f"메뉴{i}") for i in range(5)] + [menu("x", "5")] * 6
    error = refuse_with([booth("가", menus=menus)])
    assert error.message.startswith("메뉴 11개 중 6개가 잘못되어 아무것도 바꾸지")
    assert error.problems[0].path == "data.boothDetails[0].Menus[5].menuIngredidentReminder"
    assert (len(error.problems), error.more_problems) == (6, 0)


@pytest.mark.parametrize("count", [1, 2, 8])
def test_a_list_without_any_menus_is_that_of_another_endpoint(count: int) -> None:
    items = [
        {"boothName": f"가{i}", "boothAllTable": 1, "boothUsageTable": 1} for i in range(count)
    ]
    assert f"부스 {count}개 모두에 Menus 목록이 없어" in refuse_with(items).message
    error = refuse_with([*items, booth("나", -1)])
    assert "Menus" not in error.message
    assert f"{count + 1}개 중 {count + 1}개" in error.message


def test_a_shrunk_list_tells_what_it_lacks_before_what_else_is_wrong() -> None:
    items = [*make_booths(3), *make_booths(3), booth("", -1)]
    error = refuse_with(items, store(*make_booths(10)))
    assert error.code == "feed_shrunk"
    assert [problem.kind for problem in error.problems] == [
        *["missing"] * 7,
        *["rejected"] * 2,
        *["duplicate"] * 3,
    ]
    assert error.problems[0].describe() == "부스03: 부스가 목록에 없습니다. (data.boothDetails)"


def test_a_refusal_says_in_one_korean_sentence_what_to_do() -> None:
    with pytest.raises(UnsafePlan, match=r"10개 중 6개가 .* --allow-shrink") as caught:
        plan(make_booths(4), store(*make_booths(10)))
    assert "\n" not in caught.value.message
    assert caught.value.exit_code == 65
