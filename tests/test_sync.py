"""One run, end to end, on the answers captured from the real D-Order."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from msgspec.structs import asdict, replace

from booth.config.options import RunRequest, SourceOptions
from booth.models import Booth, BoothDetail, Menu, SyncRun
from booth.sync.run import run_once
from sample_upstream import SampleUpstream
from tests.conftest import make_feed
from tests.faults.in_process import (
    OPTIONS,
    RunFeed,
    count_written_rows,
    make_runner,
    snapshot,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

Captured = Callable[[str], bytes]
TABLES = {
    "엘레펜테 - 만해광장": (0, 0),
    "공과대학 (원흥관)": (10, 5),
    "북한학과": (8, 6),
    "문과대학 야간주점 '달밤에'": (12, 11),
    "철학과 × 사학과": (0, 0),
    "국어국문문예창작학부": (10, 6),
    "프론티어 🚀": (20, 12),
    "푸름누리": (15, 13),
    "멋쟁이사자처럼 DGU 주점": (12, 9),
    "총학생회 직영 부스": (20, 15),
    "경영대학 포차": (8, 3),
    "바이오시스템대학 'Bio-Pub'": (0, 0),
}
LATER = TABLES | {
    "문과대학 야간주점 '달밤에'": (12, 6),
    "국어국문문예창작학부": (10, 3),
    "프론티어 🚀": (20, 8),
    "멋쟁이사자처럼 DGU 주점": (12, 6),
    "총학생회 직영 부스": (20, 9),
    "북한학과 '평양냉면'": (8, 6),
    "야간 푸드존": (6, 0),
}
VANISHED = {"북한학과", "푸름누리"}


@pytest.fixture
def run_feed(tmp_path: Path) -> RunFeed:
    return make_runner(tmp_path)


def read_tables() -> dict[str, tuple[int, int]]:
    rows = BoothDetail.objects.values_list("booth__name", "all_table", "usage_table")
    return {name: (all_table, usage_table) for name, all_table, usage_table in rows}


def read_stock(*, listed_only: bool = True) -> dict[tuple[str, str], int | None]:
    menus = Menu.objects.filter(missing_since=None) if listed_only else Menu.objects.all()
    rows = menus.values_list("booth__name", "name", "ingredient")
    return {(booth, menu): stock for booth, menu, stock in rows}


def expect_stock(feed: bytes) -> dict[tuple[str, str], int]:
    """Return the stock in a captured answer; of menus of one name the largest counts."""
    expected: dict[tuple[str, str], int] = {}
    for booth in json.loads(feed)["data"]["boothDetails"]:
        for menu in booth["Menus"]:
            key = (" ".join(booth["boothName"].split()), menu["menuName"])
            expected[key] = max(menu["menuIngredidentReminder"], expected.get(key, 0))
    return expected


def count(report: Any, entity: str) -> dict[str, int]:
    """Return the counts that are not 0."""
    return {name: n for name, n in asdict(getattr(report.counts, entity)).items() if n}


def test_the_captured_answer_becomes_twelve_booths(run_feed: RunFeed, captured: Captured) -> None:
    report = run_feed(captured("d-order"))
    assert report.status == "succeeded"
    assert (count(report, "booths"), count(report, "menus")) == (
        {"created": 12, "duplicate": 1},
        {"created": 85, "duplicate": 3},
    )
    assert read_tables() == TABLES
    assert read_stock() == expect_stock(captured("d-order"))
    assert set(Booth.objects.values_list("category", "is_dorder", "missing_since")) == {
        ("BOOTH", True, None)
    }
    assert set(Menu.objects.values_list("price", "sold")) == {(0, 0)}
    free = BoothDetail.objects.filter(can_usage=True).values_list("booth__name", flat=True)
    assert set(free) == {name for name, (all_table, used) in TABLES.items() if used < all_table}


def test_the_twins_in_the_captured_answer_are_reported(
    run_feed: RunFeed, captured: Captured
) -> None:
    report = run_feed(captured("d-order"))
    assert {(problem.kind, problem.path) for problem in report.problems} == {
        ("duplicate", "data.boothDetails[12]"),
        ("duplicate", "data.boothDetails[0].Menus[3]"),
        ("duplicate", "data.boothDetails[10].Menus[11]"),
        ("duplicate", "data.boothDetails[11].Menus[5]"),
    }


def test_the_later_answer_changes_what_changed_and_nothing_else(
    run_feed: RunFeed, captured: Captured
) -> None:
    run_feed(captured("d-order"))
    Menu.objects.update(price=7_000, sold=4)
    BoothDetail.objects.filter(booth__name__startswith="총").update(description="손으로 썼다")
    ids = dict(Booth.objects.values_list("name", "pk"))
    before = read_stock()
    report = run_feed(captured("d-order-later"))
    assert count(report, "booths") == {
        "created": 2,
        "updated": 5,
        "unchanged": 5,
        "missing": 2,
        "duplicate": 1,
    }
    assert read_tables() == LATER
    missing = Booth.objects.exclude(missing_since=None).values_list("name", flat=True)
    assert set(missing) == VANISHED
    assert ids.items() <= dict(Booth.objects.values_list("name", "pk")).items()
    expected = expect_stock(captured("d-order-later"))
    gone = {key: stock for key, stock in before.items() if key not in expected}
    assert read_stock(listed_only=False) == expected | gone
    vanished_menus = Menu.objects.exclude(missing_since=None).values_list("booth__name", "name")
    assert list(vanished_menus) == [("철학과 × 사학과", "계란말이")]
    assert BoothDetail.objects.get(booth__name="총학생회 직영 부스").description == "손으로 썼다"
    kept = Menu.objects.filter(booth__pk__in=ids.values())
    assert set(kept.values_list("price", "sold")) == {(7_000, 4)}


@pytest.mark.parametrize("name", ["d-order", "d-order-later"])
def test_a_captured_answer_again_writes_only_its_run(
    run_feed: RunFeed, captured: Captured, name: str
) -> None:
    run_feed(captured("d-order"))
    run_feed(captured(name))
    before, written = snapshot(), count_written_rows()
    report = run_feed(captured(name))
    assert (count(report, "booths"), report.status) == (
        {"unchanged": 12, "duplicate": 1},
        "succeeded",
    )
    own_rows = 2 if connection.vendor == "sqlite" else 0  # its row is inserted, then closed
    assert (snapshot(), count_written_rows() - written) == (before, own_rows)


def test_a_booth_of_people_is_a_conflict(run_feed: RunFeed, captured: Captured) -> None:
    Booth.objects.create(name="경영대학 포차", category="FOOD_TRUCK")
    report = run_feed(captured("d-order"))
    assert count(report, "booths") == {"created": 11, "duplicate": 1, "conflict": 1}
    assert [p.path for p in report.problems if p.kind == "conflict"] == ["data.boothDetails[10]"]
    booth = Booth.objects.get(name="경영대학 포차")
    assert (booth.is_dorder, booth.category, booth.menus.count()) == (False, "FOOD_TRUCK", 0)


def test_a_dry_run_writes_nothing_at_all(run_feed: RunFeed, captured: Captured) -> None:
    run_feed(captured("d-order"))
    before, written = snapshot(), count_written_rows()
    report = run_feed(captured("d-order-later"), dry_run=True)
    assert (report.run, report.status, report.dry_run) == (None, "succeeded", True)
    assert count(report, "booths")["updated"] == 5
    assert (snapshot(), count_written_rows()) == (before, written)
    assert SyncRun.objects.count() == 1


@pytest.mark.parametrize(
    ("keep", "code"), [(0, "feed_empty"), (5, "feed_shrunk"), (7, None), (13, None)]
)
def test_a_shrunk_answer_is_refused_unless_it_is_wanted(
    run_feed: RunFeed, captured: Captured, keep: int, code: str | None
) -> None:
    run_feed(captured("d-order"))
    before = snapshot()
    shrunk = make_feed(json.loads(captured("d-order"))["data"]["boothDetails"][:keep])
    report = run_feed(shrunk)
    assert (report.error.code if report.error else None) == code
    assert (snapshot() == before) is (code is not None or keep == 13)
    assert run_feed(shrunk, allow_shrink=True).status == "succeeded"
    assert Booth.objects.filter(missing_since=None).count() == min(keep, 12)


def test_a_run_over_http_keeps_its_facts(
    upstream: SampleUpstream, captured: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="booth")
    upstream.set_body(captured("d-order"))
    options = replace(OPTIONS, source=SourceOptions(url=upstream.url))
    report = run_once(RunRequest(trigger="schedule", requested_by="cron"), options)
    row = SyncRun.objects.latest("pk")
    assert row.pk == report.run
    assert (row.status, row.trigger, row.requested_by) == ("succeeded", "schedule", "cron")
    assert (row.http_status, row.feed_bytes) == (200, len(captured("d-order")))
    assert row.feed_sha256 == hashlib.sha256(captured("d-order")).hexdigest()
    assert set(row.stages) == {"fetch", "parse", "plan", "store"}
    lines = [record.getMessage() for record in caplog.records if record.name == "booth.sync"]
    assert lines[:3] == [
        "부스 데이터 API 호출 시작",
        "부스 데이터 API 호출 성공: 13개 부스",
        "부스 데이터 저장 완료: 12개 부스 처리됨",
    ]
    assert lines[3] == f"부스 데이터 동기화 완료 (소요시간: {report.duration:.2f}초)"


def test_an_upstream_in_trouble_fails_the_run_and_keeps_the_rows(
    upstream: SampleUpstream, run_feed: RunFeed, captured: Captured
) -> None:
    run_feed(captured("d-order"))
    before = snapshot()
    source = SourceOptions(url=upstream.fault_url("status-404"))
    report = run_once(RunRequest(), replace(OPTIONS, source=source))
    assert (report.status, report.exit_code) == ("failed", 69)
    row = SyncRun.objects.latest("pk")
    assert row.pk == report.run
    assert (row.status, row.error_code, row.http_status) == ("failed", "source_http_404", 404)
    assert snapshot() == before
