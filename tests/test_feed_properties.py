"""Whatever bytes arrive, they parse or are refused; mixes of good and broken equal an oracle."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from booth.errors import FeedError
from booth.sync.feed import parse
from booth.sync.items import Feed, FeedBooth, FeedMenu, Rejected
from tests.conftest import FEEDS, make_feed

CAPTURED = [(FEEDS / f"{name}.json").read_bytes() for name in ("d-order", "d-order-later")]
LIMIT = 2**31 - 1
ABSENT = object()

# What D-Order could send in a field, with what is to be read from it; None: nothing.
NAMES = {
    "파전": "파전",
    " 콜라 ": "콜라",
    "경영대학  포차": "경영대학 포차",
    "포\u200b차": "포차",
    "\u1112\u1161\u11ab": "한",
    "가" * 100: "가" * 100,
    "가" * 101: None,
    "": None,
    "\u3164": None,
    "1인: 만 원": "1인: 만 원",
    "\u0958" * 50: "\u0915\u093c" * 50,
    "\u0958" * 51: None,
    "열쇠 포차": "열쇠 포차",
    "열\u200b쇠": "열쇠",
}
SECRET = "열쇠"
counts = st.one_of(
    st.integers(0, LIMIT), st.sampled_from([-1, LIMIT + 1, 10**30, 1.0, "3", True, False, [], {}])
)
extras: st.SearchStrategy[Any] = st.sampled_from([ABSENT] * 5 + [1, "a:b", {"boothName": []}])
names: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([*NAMES]), st.sampled_from([1, None, True, []])
)
absent = st.just(ABSENT)


def _drop_absent(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not ABSENT}


menus = st.fixed_dictionaries(
    {
        "menuName": st.one_of(names, absent),
        "menuIngredidentReminder": st.one_of(counts, st.none(), absent),
        "menuSalesQuantity": st.one_of(absent, counts, st.none()),
        "extra": extras,
    }
).map(_drop_absent)
no_object: st.SearchStrategy[Any] = st.sampled_from([None, [], "x", 5, True])
booths = st.fixed_dictionaries(
    {
        "boothName": st.one_of(names, absent),
        "boothAllTable": st.one_of(counts, absent),
        "boothUsageTable": st.one_of(st.integers(0, 50), counts, st.none()),
        "Menus": st.one_of(
            st.lists(st.one_of(menus, no_object), max_size=4), st.none(), st.just({}), absent
        ),
        "extra": extras,
    }
).map(_drop_absent)
feeds = st.lists(st.one_of(booths, no_object), max_size=6)


def read_name(item: dict[str, Any], key: str, secret: str | None) -> str | None:
    name = item.get(key)
    clean = NAMES[name] if isinstance(name, str) else None
    return None if clean and secret and secret in clean else clean


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LIMIT


def expect_menu(item: Any, path: str, secret: str | None = None) -> Any:
    """Return ``(name, ingredient, sold)`` or ``(name, paths of what is wrong)``."""
    if not isinstance(item, dict):
        return None, [path]
    name = read_name(item, "menuName", secret)
    wrong = [] if name else [f"{path}.menuName"]
    for key in ("menuIngredidentReminder", "menuSalesQuantity"):
        if item.get(key) is not None and not is_count(item[key]):
            wrong.append(f"{path}.{key}")
    if wrong:
        return name, wrong
    return name, item.get("menuIngredidentReminder"), item.get("menuSalesQuantity")


def expect_booth(item: Any, path: str, secret: str | None = None) -> Any:
    """Return ``(name, all, usage, menus)`` or ``(name, paths of what is wrong)``."""
    if not isinstance(item, dict):
        return None, [path]
    name = read_name(item, "boothName", secret)
    wrong = [] if name else [f"{path}.boothName"]
    wrong += [
        f"{path}.{key}"
        for key in ("boothAllTable", "boothUsageTable")
        if not is_count(item.get(key))
    ]
    listing = item.get("Menus")
    if not isinstance(listing, list):
        wrong.append(f"{path}.Menus")
    if wrong or not isinstance(listing, list):
        return name, wrong
    inside = [expect_menu(menu, f"{path}.Menus[{i}]", secret) for i, menu in enumerate(listing)]
    return name, item["boothAllTable"], item["boothUsageTable"], inside


def describe(item: FeedBooth | FeedMenu | Rejected) -> Any:
    """Return what was parsed in the oracle's form."""
    if isinstance(item, Rejected):
        return item.name, [reason.path for reason in item.reasons]
    if isinstance(item, FeedMenu):
        return item.name, item.ingredient, item.sold
    return item.name, item.all_table, item.usage_table, [describe(menu) for menu in item.menus]


@settings(max_examples=300, deadline=None)
@given(feeds)
def test_a_mix_of_good_and_broken_items_equals_the_oracle(items: list[Any]) -> None:
    wanted = [expect_booth(item, f"data.boothDetails[{i}]") for i, item in enumerate(items)]
    assert [describe(item) for item in parse(make_feed(items)).items] == wanted


@settings(max_examples=100, deadline=None)
@given(feeds, st.integers(0, 200))
def test_a_broken_item_amid_many_sound_ones_equals_the_oracle(
    items: list[Any], before: int
) -> None:
    sound = {"boothName": "파전", "boothAllTable": 1, "boothUsageTable": 0, "Menus": []}
    items = [*([sound] * before), *items, sound]
    wanted = [expect_booth(item, f"data.boothDetails[{i}]") for i, item in enumerate(items)]
    assert [describe(item) for item in parse(make_feed(items)).items] == wanted


@settings(max_examples=300, deadline=None)
@given(feeds)
def test_names_that_hold_a_secret_are_rejected_and_nothing_else_is(items: list[Any]) -> None:
    feed = parse(make_feed(items), holds_secret=lambda text: SECRET in text)
    wanted = [expect_booth(item, f"data.boothDetails[{i}]", SECRET) for i, item in enumerate(items)]
    assert [describe(item) for item in feed.items] == wanted
    assert SECRET not in repr(feed)


@settings(max_examples=300, deadline=None)
@given(feeds, st.randoms(use_true_random=False))
def test_the_order_of_keys_and_the_spelling_of_text_do_not_matter(
    items: list[Any], dice: Any
) -> None:
    def shuffle(value: Any) -> Any:
        if isinstance(value, dict):
            pairs = [(key, shuffle(inner)) for key, inner in value.items()]
            dice.shuffle(pairs)
            return dict(pairs)
        return [shuffle(inner) for inner in value] if isinstance(value, list) else value

    shuffled = json.dumps(shuffle(json.loads(make_feed(items))), ensure_ascii=dice.random() < 0.5)
    wanted, found = parse(make_feed(items)), parse(shuffled.encode())
    assert [describe(item) for item in found.items] == [describe(item) for item in wanted.items]


def parse_or_refuse(body: bytes) -> Feed | None:
    """Return the feed, or None where it was refused; any other exception is a failure."""
    try:
        return parse(body)
    except FeedError:
        return None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_parse_or_are_refused(body: bytes) -> None:
    feed = parse_or_refuse(body)
    assert feed is None or body.lstrip().startswith(b"{")


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        lambda inner: st.one_of(
            st.lists(inner),
            st.dictionaries(
                st.sampled_from(["statusCode", "data", "boothDetails", "Menus"]), inner
            ),
        ),
        max_leaves=20,
    ),
)
def test_any_json_parses_or_is_refused(document: Any) -> None:
    for body in (document, {"statusCode": 200, "data": {"boothDetails": [document]}}):
        feed = parse_or_refuse(json.dumps(body).encode())
        assert feed is None or all(isinstance(item, Rejected) for item in feed.items)


@settings(max_examples=300, deadline=None)
@given(
    sound=st.sampled_from(CAPTURED),
    edits=st.lists(
        st.tuples(
            st.integers(0, 10**6),
            st.integers(0, 40),
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from([b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\u0062", b"1e999"]),
            ),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_a_mutated_feed_parses_or_is_refused(
    sound: bytes, edits: list[tuple[int, int, bytes]]
) -> None:
    body = sound
    for place, length, new in edits:
        start = place % (len(body) + 1)
        body = body[:start] + new + body[start + length :]
    feed = parse_or_refuse(body)
    if feed is not None:
        assert len(feed.items) == len(json.loads(body)["data"]["boothDetails"])


@settings(max_examples=300, deadline=None)
@given(
    sound=st.sampled_from(CAPTURED),
    swaps=st.lists(st.tuples(st.integers(0), st.binary(min_size=1, max_size=1)), max_size=3),
    first=st.integers(0),
    second=st.integers(0),
)
def test_a_feed_whose_numbers_were_swapped_for_bytes_parses_or_is_refused(
    sound: bytes, swaps: list[tuple[int, bytes]], first: int, second: int
) -> None:
    digits = [i for i, byte in enumerate(sound) if 48 <= byte <= 57]
    body = bytearray(sound)
    for place, new in swaps:
        body[digits[place % len(digits)]] = new[0]
    a, b = sorted((digits[first % len(digits)], digits[second % len(digits)]))
    body[a], body[b] = body[b], body[a]
    feed = parse_or_refuse(bytes(body))
    if feed is not None:
        assert len(feed.items) == 13
