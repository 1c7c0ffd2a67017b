"""Half a character (a lone surrogate) rejects the item that holds it, whatever is beside it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booth.errors import FeedError
from booth.sync.feed import parse
from booth.sync.items import FeedBooth, FeedItem, FeedMenu, Reason, Rejected
from tests.conftest import make_feed
from tests.malformed import HERE, make_booth, spell

HALVES = (r"\ud800", r"\uDFFF", r"\ude80\ud83d", r"\ud83d\ud83d\ude00", r"\\\ud83d", r"가\ud83d나")
SOUND = make_booth(7)
BESIDE: list[Any] = [
    None,
    {},
    "\ud800",
    SOUND | {"boothName": "1인: 만 원"},
    SOUND | {"boothAllTable": -1},
    SOUND | {"boothName": "가" * 501},
    SOUND | {"Menus": [None, {"menuName": "\udfff"}]},
    SOUND | {"memo": "\U0001f600"},
    SOUND | {"zz": {"a": ["\ud800"]}},
    SOUND | {"\udfff": 1},
    SOUND | {"memo": r"\ud800"},
]


def read(items: list[Any], **envelope: Any) -> tuple[FeedItem, ...]:
    """Return the verdicts on items, in whose text every other character is escaped."""
    answer = json.loads(make_feed([])) | {"data": {"boothDetails": items}} | envelope
    return parse(json.dumps(answer).encode()).items


def forget_index(item: FeedItem) -> Any:
    """Return a verdict without the item's place in the list."""
    if isinstance(item, FeedBooth):
        return item.name, item.all_table, item.usage_table, list(map(forget_place, item.menus))
    return forget_place(item)


def forget_place(item: FeedMenu | Rejected) -> Any:
    if isinstance(item, FeedMenu):
        return item
    return item.name, [(reason.path.partition("]")[2], reason.text) for reason in item.reasons]


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("before", [None, SOUND, SOUND | {"boothName": "1인: 만 원"}])
@pytest.mark.parametrize("after", [None, SOUND])
def test_half_a_character_in_a_name_rejects_its_item(before: Any, half: str, after: Any) -> None:
    text = make_feed([before, make_booth(1) | {"boothName": HERE}, after]).decode()
    items = parse(spell(text, f'"{half}"')).items
    [reason] = items[1].reasons if isinstance(items[1], Rejected) else []
    assert reason == Reason(
        "data.boothDetails[1].boothName", "반쪽 글자(짝 없는 서로게이트)가 들어 있습니다."
    )
    assert items[1].name is None
    assert isinstance(items[0], Rejected) is (before is None)
    assert isinstance(items[2], Rejected) is (after is None)


@pytest.mark.parametrize(
    ("extra", "rejected"),
    [
        ({"zz": "\ud800"}, True),
        ({"\ud800": 1}, True),
        ({"zz": [{"a": [["\udfff"]]}]}, True),
        ({"zz": "\U0001f600"}, False),
        ({"zz": r"\ud800"}, False),
    ],
)
def test_half_a_character_beside_the_fields_rejects_and_keeps_the_name(
    extra: dict[str, Any], rejected: bool
) -> None:
    booth, beside = read([make_booth(1) | extra, make_booth(2)])
    assert isinstance(booth, Rejected) is rejected
    assert (booth.name, beside) == ("부스1", parse(make_feed([make_booth(2)])).items[0])
    [booth] = read([SOUND | {"Menus": [{"menuName": "파전"} | extra, {"menuName": "콜라"}]}])
    assert isinstance(booth, FeedBooth)
    assert [isinstance(menu, Rejected) for menu in booth.menus] == [rejected, False]
    assert [menu.name for menu in booth.menus] == ["파전", "콜라"]


def test_half_a_character_in_the_envelope_harms_nobody() -> None:
    sound = read([SOUND])
    for envelope in ({"message": "\ud800"}, {"\udfff": "\ud800"}, {"zz": [{"a": "\ud83d"}]}):
        assert read([SOUND], **envelope) == sound


def test_a_byte_that_no_text_has_stands_for_no_half() -> None:
    body = make_feed([SOUND | {"boothName": HERE, "zz": "\\ud800"}])
    with pytest.raises(FeedError) as caught:
        parse(body.replace(HERE.encode(), b"\xff" * 6))
    assert caught.value.code == "feed_malformed"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(BESIDE), max_size=5), st.integers(0, 200), st.data())
def test_the_verdict_on_an_item_hangs_on_nothing_beside_it(
    items: list[Any], sound: int, data: st.DataObject
) -> None:
    alone = [forget_index(read([item])[0]) for item in items]
    place = data.draw(st.integers(0, len(items)))
    mixed = [*items[:place], *([SOUND] * sound), *items[place:]]
    found = list(map(forget_index, read(mixed)))
    assert found[:place] + found[place + sound :] == alone
    assert found[place : place + sound] == [forget_index(read([SOUND])[0])] * sound
