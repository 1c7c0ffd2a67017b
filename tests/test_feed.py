"""Malformed answers: refused as a whole, or each broken item named by its exact JSON path."""

import json
from typing import Any

import pytest

from booth.errors import FeedError
from booth.names import MAX_COUNT
from booth.sync.feed import parse
from booth.sync.items import Feed, FeedBooth, FeedMenu, Rejected
from tests.conftest import make_feed
from tests.malformed import BOOTHS, CASES, HERE, LONG, change, list_places, make_booth, spell


def list_rejected(feed: Feed) -> set[str]:
    """Return the paths of all that is wrong in a feed."""
    booths = [item for item in feed.items if isinstance(item, FeedBooth)]
    items = [*feed.items, *(menu for booth in booths for menu in booth.menus)]
    return {r.path for item in items if isinstance(item, Rejected) for r in item.reasons}


def test_there_are_more_than_1000_different_malformed_feeds() -> None:
    assert len({body for _label, body, _paths in CASES}) > 1000


@pytest.mark.parametrize(("body", "paths"), [pytest.param(b, p, id=label) for label, b, p in CASES])
def test_a_malformed_feed_is_refused_or_its_broken_item_named(
    body: bytes, paths: set[str] | None
) -> None:
    if paths is None:
        with pytest.raises(FeedError) as caught:
            parse(body)
        assert caught.value.exit_code == 65
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 500
    else:
        feed = parse(body)
        assert len(feed.items) == BOOTHS
        assert list_rejected(feed) == paths


def test_one_item_is_told_everything_that_is_wrong_with_it() -> None:
    (item,) = parse(make_feed([{"boothName": 5, "boothAllTable": True}])).items
    assert isinstance(item, Rejected)
    assert [(r.path.rpartition(".")[2], r.text) for r in item.reasons] == [
        ("boothName", "5입니다. 문자열이어야 합니다."),
        ("boothAllTable", f"참·거짓입니다. 0 이상 {MAX_COUNT} 이하의 정수여야 합니다."),
        ("boothUsageTable", "값이 없습니다."),
        ("Menus", "값이 없습니다."),
    ]


def test_a_broken_item_keeps_its_clean_name_for_the_plan() -> None:
    broken = {"menuName": " 콜라\u200b ", "menuIngredidentReminder": -1}
    booth = make_booth(0) | {"boothName": "포\u200b차", "Menus": [broken]}
    feed = parse(make_feed([booth, booth | {"boothAllTable": -1}]))
    kept, rejected = feed.items
    assert isinstance(kept, FeedBooth)
    assert isinstance(kept.menus[0], Rejected)
    assert isinstance(rejected, Rejected)
    assert (kept.name, kept.menus[0].name, rejected.name) == ("포차", "콜라", "포차")


@pytest.mark.parametrize(("count", "wanted"), [("0", 0), ("-0", 0), ("2147483647", MAX_COUNT)])
def test_the_smallest_and_the_largest_count_are_read(count: str, wanted: int) -> None:
    text = change(0, 0, lambda menu: menu.update(menuIngredidentReminder=HERE))
    booth = parse(spell(text, count)).items[0]
    assert isinstance(booth, FeedBooth)
    assert booth.menus[0] == FeedMenu("메뉴0", wanted, 1)


@pytest.mark.parametrize("menu", [{}, {"menuIngredidentReminder": None, "menuSalesQuantity": None}])
def test_an_absent_or_null_figure_is_not_zero(menu: dict[str, Any]) -> None:
    (booth,) = parse(make_feed([make_booth(0) | {"Menus": [{"menuName": "파전"} | menu]}])).items
    assert isinstance(booth, FeedBooth)
    assert booth.menus == (FeedMenu("파전", None, None),)


@pytest.mark.parametrize("extra", ["null", "5.5", '{"a": [1, 2]}', '"NaN"', LONG])
def test_keys_that_nobody_knows_are_passed_over(extra: str) -> None:
    texts = [change(i, j, lambda item: item.update(zz=HERE)) for _, i, j in list_places()]
    sound = parse(make_feed([make_booth(i) for i in range(BOOTHS)]))
    texts += [make_feed([make_booth(i) for i in range(BOOTHS)], zz=HERE).decode()]
    assert {parse(spell(text, extra)) for text in texts} == {sound}


def test_layout_and_escapes_do_not_matter() -> None:
    booths = [make_booth(0)]
    answer = json.loads(make_feed(booths))
    spread = json.dumps(answer, indent=3, ensure_ascii=True, sort_keys=True).encode()
    assert parse(b"\r\n\t" + spread + b"\n") == parse(make_feed(booths))


def test_a_failure_told_in_the_body_is_named_with_its_number() -> None:
    with pytest.raises(FeedError, match="statusCode 404") as caught:
        parse(make_feed([], statusCode=404, data=None))
    assert caught.value.code == "feed_status"


@pytest.mark.parametrize("body", [b"<html>", b'{"detail": "Not found."}'])
def test_the_answer_of_another_address_says_what_to_check(body: bytes) -> None:
    with pytest.raises(FeedError, match=r"(BOOTH_SYNC_API_URL을|주소를) 확인하세요"):
        parse(body)


@pytest.mark.parametrize(
    "message", ["null", "5", '"10:30"', '{"a": {"b": ":"}}', "1e999", LONG, r'"\ud800"']
)
def test_what_the_envelope_says_is_passed_over(message: str) -> None:
    text = make_feed([make_booth(0)], message=HERE).decode()
    assert parse(spell(text, message)) == parse(make_feed([make_booth(0)]))


@pytest.mark.parametrize("message", ['{"a": 1, "a": 1}', "05", "NaN"])
def test_what_the_envelope_says_must_be_json(message: str) -> None:
    text = make_feed([make_booth(0)], message=HERE).decode()
    with pytest.raises(FeedError) as caught:
        parse(spell(text, message))
    assert caught.value.code == "feed_malformed"


@pytest.mark.parametrize("place", [0, 1, 63, 64, 65, 127, 128, 199])
def test_a_broken_item_is_named_wherever_it_stands_in_a_long_list(place: int) -> None:
    booths = [make_booth(index) for index in range(200)]
    booths[place]["Menus"][1]["menuName"] = ""
    feed = parse(make_feed(booths))
    assert list_rejected(feed) == {f"data.boothDetails[{place}].Menus[1].menuName"}
    names = [item.name for item in feed.items]
    assert names == [f"부스{index}" for index in range(200)]


@pytest.mark.parametrize("place", [0, 63, 64, 199])
def test_a_key_named_twice_is_found_wherever_it_stands_in_a_long_list(place: int) -> None:
    text = make_feed([make_booth(index) for index in range(200)]).decode()
    name = f'"boothName": "부스{place}", '
    assert text.count(name) == 1
    with pytest.raises(FeedError, match="같은 키가 두 번"):
        parse(text.replace(name, name * 2).encode())


@pytest.mark.parametrize(
    ("secret", "name"),
    [
        ("열쇠", "열쇠"),
        ("열쇠", "부스 열쇠 1"),
        ("열쇠", "열\u200b쇠"),
        ("열\u200b쇠", "열\u200b쇠"),
        ("a:b", "a:b"),
        ("열  쇠", "열  쇠"),
        ("열쇠", "열쇠" + "가" * 100),
    ],
)
@pytest.mark.parametrize(("i", "j"), [(1, None), (1, 0)])
def test_a_name_that_holds_a_secret_rejects_its_item_and_is_forgotten(
    secret: str, name: str, i: int, j: int | None
) -> None:
    key = "boothName" if j is None else "menuName"
    body = change(i, j, lambda item: item.update({key: name})).encode()
    feed = parse(body, holds_secret=lambda text: secret in text)
    path = f"data.boothDetails[1].{key}" if j is None else f"data.boothDetails[1].Menus[0].{key}"
    broken: FeedBooth | FeedMenu | Rejected = feed.items[i]
    if j is not None:
        assert isinstance(broken, FeedBooth)
        assert isinstance(broken.menus[1], FeedMenu)
        assert broken.name == "부스1"
        broken = broken.menus[j]
    assert isinstance(broken, Rejected)
    assert broken.name is None
    assert [(r.path, r.text) for r in broken.reasons] == [(path, "이름에 비밀 값이 들어 있습니다.")]
    assert list_rejected(feed) == {path}
    assert [item.name for item in (feed.items[0], feed.items[2])] == ["부스0", "부스2"]


def test_a_secret_that_spans_two_names_is_none() -> None:
    body = make_feed([make_booth(0)])
    assert parse(body, holds_secret=lambda text: "부스0\n메뉴0" in text) == parse(body)


def test_a_secret_elsewhere_in_the_answer_rejects_nothing() -> None:
    feed = make_feed([make_booth(0) | {"memo": "열쇠"}], message="열쇠")
    assert list_rejected(parse(feed, holds_secret=lambda text: "열쇠" in text)) == set()
