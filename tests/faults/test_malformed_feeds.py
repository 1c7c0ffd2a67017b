"""Broken feeds: refused as a whole, or item by item, and never with a row lost or a traceback."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from booth.models import Booth, Menu, SyncRun
from tests.conftest import make_feed
from tests.faults.databases import Database
from tests.faults.in_process import RunFeed, snapshot
from tests.faults.processes import sync

pytestmark = pytest.mark.database

FEEDS = 400
ABSENT = object()
STORED: list[dict[str, Any]] = [
    {
        "boothName": f"부스 {number}",
        "boothAllTable": 10,
        "boothUsageTable": number,
        "Menus": [
            {"menuName": f"메뉴 {n}", "menuIngredidentReminder": n, "menuSalesQuantity": n}
            for n in range(3)
        ],
    }
    for number in range(12)
]
"""What is stored, and what a feed holds beside what is wrong with it."""

WHOLE = make_feed(STORED)
LISTS: tuple[Any, ...] = ([], [1], {}, {"a": 1})
NO_COUNTS = (True, False, "3", "", 1.5, 1e300, -1, 2**31, 2**64, -(2**63), *LISTS)
NO_NAMES = (None, True, 3, 1.5, "", " ", "\u200b", "\x00", "\u3164", "가" * 101, "\u2800", *LISTS)
NO_MENUS: tuple[Any, ...] = (None, True, 3, "", "[]", {}, 1.5)
NO_STATUSES: tuple[Any, ...] = (None, True, "200", 200.5, 0, 201, 404, -200, [], {}, 10**40)
NO_LISTINGS: tuple[Any, ...] = (None, True, 0, "", [], {}, {"boothDetails": None})


def generate_unusable() -> Iterator[bytes]:
    """Yield answers that are refused as a whole."""
    yield from (b"", b" ", b"null", b"[]", b"{}", b"0", b'""', WHOLE.decode().encode("utf-16"))
    yield from (b"\x00", b"\xff\xfe", b"<!doctype html><h1>Not Found</h1>", b"NaN", b"1e999")
    yield from (b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"data":' * 100_000)
    for status in NO_STATUSES:
        yield make_feed(STORED, statusCode=status)
    for listing in NO_LISTINGS:
        yield make_feed(STORED, data=listing)
    yield make_feed([])
    yield make_feed(STORED[:5])
    yield make_feed([without(booth, "Menus") for booth in STORED])
    yield make_feed([*STORED, *([None] * (len(STORED) + 1))])
    for old, new in (
        ('"statusCode": 200', '"statusCode": 200, "statusCode": 404'),
        ('"boothName": "부스 1"', '"boothName": "부스 1", "boothName": "부스 2"'),
        ('"boothUsageTable": 1,', '"boothUsageTable": NaN,'),
        ('"boothUsageTable": 1,', '"boothUsageTable": Infinity,'),
        ('"boothUsageTable": 1,', '"boothUsageTable": 01,'),
        ('"boothUsageTable": 1,', "'boothUsageTable': 1,"),
        ('"boothUsageTable": 1,', '"boothUsageTable": 1,,'),
        ("부스 1", "부스\n1"),
        ("부스 1", r"부스 \x31"),
    ):
        yield WHOLE.replace(old.encode(), new.encode(), 1)
    rng = random.Random(1)
    text_starts = WHOLE.index("부스 1".encode())
    for _ in range(60):
        yield WHOLE[: rng.randrange(len(WHOLE))]
    for _ in range(40):
        yield WHOLE + bytes([rng.choice(b"]}x,\x00")])
    for byte in range(0x80, 0xC0, 2):
        yield WHOLE[:text_starts] + bytes([byte]) + WHOLE[text_starts:]


def generate_partly_broken() -> Iterator[bytes]:
    """Yield answers in which one item is broken; the others are as stored."""
    for wrong in (None, True, 3, "부스", 1.5, *LISTS):
        yield make_feed([*STORED, wrong])
        yield spoil_menu(wrong)
    for key, wrongs in (("boothAllTable", NO_COUNTS), ("boothUsageTable", NO_COUNTS)):
        for wrong in (None, ABSENT, *wrongs):
            yield spoil_booth(key, wrong)
    for wrong in (ABSENT, *NO_MENUS):
        yield spoil_booth("Menus", wrong)
    for wrong in (ABSENT, *NO_NAMES):
        broken = put({**STORED[0]}, "boothName", wrong)
        yield make_feed([*STORED, broken])
        menus = [*STORED[0]["Menus"], put({}, "menuName", wrong)]
        yield make_feed([STORED[0] | {"Menus": menus}, *STORED[1:]])
    for half in (r"\ud800", r"\udfff", r"\ude80\ud83d"):
        yield make_feed([*STORED, STORED[0] | {"boothName": "HALF"}]).replace(
            b"HALF", half.encode()
        )
        menus = [*STORED[0]["Menus"], {"menuName": "HALF"}]
        halved = make_feed([STORED[0] | {"Menus": menus}, *STORED[1:]])
        yield halved.replace(b"HALF", half.encode())
        yield spoil_booth("zz", "HALF").replace(b"HALF", half.encode())
    yield from generate_wrong_numbers()


def generate_wrong_numbers() -> Iterator[bytes]:
    """Yield, without an end, answers in which one count is none."""
    for key in ("menuIngredidentReminder", "menuSalesQuantity"):
        for wrong in NO_COUNTS:
            yield spoil_menu(put({"menuName": "메뉴 0"}, key, wrong))
    for digits in (20, 309, 4_301, 100_000):
        yield spoil_booth("boothUsageTable", 7).replace(b": 7,", f": {'9' * digits},".encode(), 1)
    for number in ("1e999", "-1e999", "1E400", "0.1e-400", "1e2", "-0.0"):
        yield spoil_booth("boothUsageTable", 7).replace(b": 7,", f": {number},".encode(), 1)
    rng = random.Random(2)
    while True:
        yield spoil_booth("boothAllTable", rng.uniform(-1e6, 1e6), index=rng.randrange(12))


def spoil_booth(key: str, wrong: Any, *, index: int = 0) -> bytes:
    booth = put({**STORED[index]}, key, wrong)
    return make_feed([*STORED[:index], booth, *STORED[index + 1 :]])


def spoil_menu(wrong: Any) -> bytes:
    """Return a feed whose first menu is ``wrong``; a menu without that name is new beside it."""
    is_named = isinstance(wrong, dict) and "menuName" in wrong
    menus = STORED[0]["Menus"][1:] if is_named else STORED[0]["Menus"]
    return make_feed([STORED[0] | {"Menus": [wrong, *menus]}, *STORED[1:]])


def put(item: dict[str, Any], key: str, wrong: Any) -> dict[str, Any]:
    return without(item, key) if wrong is ABSENT else item | {key: wrong}


def without(item: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != key}


UNUSABLE = list(generate_unusable())
PARTLY_BROKEN = [
    feed for feed, _ in zip(generate_partly_broken(), range(FEEDS - len(UNUSABLE)), strict=False)
]


def test_there_are_as_many_broken_feeds_as_promised() -> None:
    assert len(UNUSABLE) + len(PARTLY_BROKEN) == FEEDS
    assert min(len(UNUSABLE), len(PARTLY_BROKEN)) > 150


@pytest.fixture
def stored(transactional_db: None, run_feed: RunFeed) -> list[tuple[Any, ...]]:
    """The rows that must outlive every broken feed."""
    assert run_feed(WHOLE).status == "succeeded"
    assert (Booth.objects.count(), Menu.objects.count()) == (12, 36)
    return snapshot()


def test_an_unusable_answer_is_refused_and_changes_no_row(
    stored: list[tuple[Any, ...]], run_feed: RunFeed, caplog: pytest.LogCaptureFixture
) -> None:
    for feed in UNUSABLE:
        report = run_feed(feed)
        assert (report.status, report.exit_code) == ("failed", 65), feed[:200]
        assert snapshot() == stored, feed[:200]
    assert all(record.exc_info is None for record in caplog.records)
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == len(UNUSABLE)
    assert not any("\n" in record.getMessage() for record in errors)
    codes = SyncRun.objects.filter(status="failed").values_list("error_code", flat=True)
    assert set(codes) == {
        "feed_malformed",
        "feed_envelope",
        "feed_status",
        "feed_empty",
        "feed_shrunk",
        "feed_rejected",
    }


def test_a_broken_item_is_rejected_and_the_others_are_kept(
    stored: list[tuple[Any, ...]], run_feed: RunFeed, caplog: pytest.LogCaptureFixture
) -> None:
    for feed in PARTLY_BROKEN:
        report = run_feed(feed)
        assert (report.status, report.exit_code) == ("partial", 0), feed[:300]
        assert report.counts.booths.rejected + report.counts.menus.rejected == 1, feed[:300]
        assert {problem.kind for problem in report.problems} == {"rejected"}
        assert snapshot() == stored, feed[:300]
    assert all(record.exc_info is None for record in caplog.records)
    assert SyncRun.objects.filter(status="partial").count() == len(PARTLY_BROKEN)


def test_what_is_sound_beside_a_broken_item_is_written(
    stored: list[tuple[Any, ...]], run_feed: RunFeed
) -> None:
    risen = [booth | {"boothAllTable": 11} for booth in STORED[1:]]
    report = run_feed(make_feed([STORED[0] | {"boothAllTable": "열"}, *risen]))
    assert (report.status, report.counts.booths.updated) == ("partial", 11)
    assert [(p.kind, p.path) for p in report.problems] == [
        ("rejected", "data.boothDetails[0].boothAllTable")
    ]
    tables = Booth.objects.values_list("name", "detail__all_table", "missing_since")
    assert set(tables) == {
        (f"부스 {number}", 11 if number else 10, None) for number in range(len(STORED))
    }


def test_the_row_of_a_run_keeps_only_the_first_hundred_problems(
    stored: list[tuple[Any, ...]], run_feed: RunFeed
) -> None:
    many = [{"boothName": f"새 부스 {n}"} | without(STORED[0], "boothName") for n in range(300)]
    assert run_feed(make_feed([*STORED, *many, *([None] * 150)])).status == "partial"
    assert len(SyncRun.objects.latest("pk").problems) == 100


def test_the_command_refuses_in_one_line_and_one_document(
    database: Database, captured: Callable[[str], bytes]
) -> None:
    assert sync(database, feed=captured("d-order")).code == 0
    before = database.read_rows()
    for feed in (*UNUSABLE[:1], *UNUSABLE[9:16], make_feed([]), make_feed(STORED[:1])):
        outcome = sync(database, feed=feed)
        assert (outcome.code, outcome.document["status"]) == (65, "failed"), feed[:200]
        assert outcome.error is not None
        assert json.dumps(outcome.document["counts"]).count(": 0") == 14
        assert "Traceback" not in outcome.stderr
        assert len([line for line in outcome.stderr.splitlines() if " ERROR " in line]) == 1
        assert database.read_rows() == before
