"""What an answer costs, and what is said of one that is no feed."""

import time

import pytest

from booth.errors import FeedError
from booth.sync.envelope import MAX_LOOSE, MAX_VALUES
from booth.sync.feed import MAX_REASONS, MAX_ROWS, parse
from booth.sync.items import FeedBooth, Rejected
from tests.conftest import make_feed
from tests.malformed import HERE, make_booth

SOUND = make_feed([make_booth(0)])
BOOTH_OF_TEN = b'{"boothName":"a","boothAllTable":1,"boothUsageTable":0,"Menus":[%s]}' % (
    b",".join([b"{}"] * 10)
)
HTML = "<!doctype html><title>서버 오류</title>"


def refuse(body: bytes, checked: str = "BOOTH_SYNC_API_URL을") -> FeedError:
    with pytest.raises(FeedError) as caught:
        parse(body, checked=checked)
    return caught.value


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse(b"\xef\xbb\xbf" + SOUND) == parse(SOUND)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        *[
            (SOUND.decode().encode(encoding), encoding[:6].upper())
            for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
        ],
        (b"\r\n" + SOUND.decode().encode("cp949"), "CP949(EUC-KR)"),
        (SOUND.decode().encode("euc-kr"), "CP949(EUC-KR)"),
        (HTML.encode(), "HTML 페이지"),
        (HTML.encode("cp949"), "HTML 페이지"),
        (b"", "비어 있습니다"),
        (b" \r\n", "비어 있습니다"),
        (b"\xef\xbb\xbf", "JSON이 아닙니다"),
        (SOUND[:-9], "JSON이 아닙니다"),
        (b"\xff\xd8\xff\xe0", "JSON이 아닙니다"),
        (b"\x00", "JSON이 아닙니다"),
        (b"[]", "부스 목록이 아닌"),
        (make_feed([], message="운영 부스 조회 성공"), "부스 목록의 응답이 아닙니다"),
    ],
)
def test_another_answer_is_called_by_its_name(body: bytes, wanted: str) -> None:
    error = refuse(body)
    assert wanted in error.message
    assert error.message.endswith("BOOTH_SYNC_API_URL을 확인하세요.")
    error = refuse(body, "--from-file의 파일을")
    assert "BOOTH_SYNC" not in error.message
    assert error.message.endswith("--from-file의 파일을 확인하세요.")


def test_a_key_named_twice_is_found_in_the_envelope_too() -> None:
    for text in ('{"a": 1, "a": 2}', '"x", "message": "y"'):
        body = make_feed([make_booth(0)], message=HERE).replace(f'"{HERE}"'.encode(), text.encode())
        assert "두 번" in refuse(body).message


@pytest.mark.parametrize(
    "items",
    [
        b"{}," * (MAX_ROWS // 2) + b"{}",
        b"1," * (MAX_VALUES + 1) + b"1",
        b"[]," * (MAX_VALUES + 1) + b"[]",
        b"%s," % BOOTH_OF_TEN * (MAX_ROWS // 12 + 1) + b"{}",
    ],
    ids=["objects", "numbers", "lists", "menus"],
)
def test_more_items_than_there_is_memory_for_refuse_the_feed(items: bytes) -> None:
    assert refuse(make_feed([]).replace(b"[]", b"[" + items + b"]")).code == "feed_too_large"


def test_ten_thousand_booths_of_ten_menus_fit_with_room() -> None:
    assert MAX_ROWS > 10_000 * (2 + 10) * 1.5


def test_an_item_too_long_to_look_at_is_rejected_alone() -> None:
    long = make_booth(1) | {"memo": "가" * (MAX_LOOSE // 3)}
    feed = parse(make_feed([make_booth(0), long, make_booth(2)]))
    assert [isinstance(item, FeedBooth) for item in feed.items] == [True, False, True]
    assert isinstance(feed.items[1], Rejected)
    assert [reason.path for reason in feed.items[1].reasons] == ["data.boothDetails[1]"]


def test_an_envelope_of_more_than_its_list_is_not_read() -> None:
    assert refuse(make_feed([], message=[{}] * (MAX_LOOSE // 4))).code == "feed_envelope"


def test_after_many_reasons_an_item_keeps_only_its_first() -> None:
    items = parse(make_feed([{}] * MAX_REASONS)).items
    kept = [len(item.reasons) for item in items if isinstance(item, Rejected)]
    assert kept == [4] * (MAX_REASONS // 4) + [1] * (MAX_REASONS - MAX_REASONS // 4)


@pytest.mark.parametrize("key", ["boothName", "menuName"])
@pytest.mark.parametrize("name", ["a" + "\u0301\u0316" * 1_000_000, "가" * 501])
def test_a_name_too_long_to_look_at_is_rejected_at_once(key: str, name: str) -> None:
    booth = make_booth(1)
    (booth if key == "boothName" else booth["Menus"][0])[key] = name
    began = time.monotonic()
    items = parse(make_feed([make_booth(0), booth])).items
    assert time.monotonic() - began < 2  # it took minutes
    broken = items[1].menus[0] if isinstance(items[1], FeedBooth) else items[1]
    assert isinstance(broken, Rejected)
    assert broken.name is None
