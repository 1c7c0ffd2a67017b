"""The read API: what the festival's front end sees, and what it costs."""

from __future__ import annotations

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booth.errors import StoreError
from booth.models import Booth, BoothDetail, Menu, SyncRun
from booth.names import clean_name, find_key
from booth.web import public
from booth.web.snapshot import MAX_AGE_SECONDS, Shelf, read_snapshot
from sample_upstream import SampleUpstream
from tests.web.site import OUTSIDE, Site, manage

QUERIES = 8
"""At most, however many booths there are: the transaction's limits, migrations, and four reads."""


@pytest.fixture(autouse=True)
def fresh_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a process that has read nothing yet."""
    monkeypatch.setattr(public, "shelf", Shelf())


@pytest.fixture
def booths(db: None) -> None:
    """Three booths that are there, one of people among them, and what is hidden."""
    for name, total, used, is_dorder in (
        ("가 포차", 5, 5, True),
        ("나", 3, 1, True),
        ("다", 2, 0, False),
    ):
        booth = Booth.objects.create(name=name, is_dorder=is_dorder)
        BoothDetail.objects.create(booth=booth, all_table=total, usage_table=used)
    first, second, third = Booth.objects.order_by("name")
    Menu.objects.create(booth=first, name="파전", price=9000, ingredient=0)
    Menu.objects.create(booth=second, name="두부", price=5000, ingredient=7)
    Menu.objects.create(booth=second, name="옛 메뉴", missing_since="2026-11-01T00:00:00Z")
    Menu.objects.create(booth=third, name="물", ingredient=None)
    Booth.objects.create(name="사라진 부스", is_dorder=True, missing_since="2026-11-01T00:00:00Z")
    Booth.objects.create(name="상세 없음")


def read(query: str = "") -> Any:
    answer = Client().get(f"/booths/{query}")
    assert answer.status_code == 200
    return json.loads(answer.content)["data"]


def names(query: str) -> list[str]:
    return [booth["name"] for booth in read(query)["booths"]]


def test_a_list_holds_what_is_there(booths: None) -> None:
    data = read()
    assert list(data) == ["as_of", "updated_at", "stale", "booths"]
    first, second = data["booths"][:2]
    assert first == {
        "id": Booth.objects.get(name="가 포차").pk,
        "name": "가 포차",
        "category": "BOOTH",
        "description": "",
        "is_dorder": True,
        "tables": {"total": 5, "used": 5, "free": 0},
        "menus": [
            {
                "id": Menu.objects.get(name="파전").pk,
                "name": "파전",
                "price": 9000,
                "stock": 0,
                "in_stock": False,
            }
        ],
    }
    assert [menu["name"] for menu in second["menus"]] == ["두부"]
    assert names("") == ["가 포차", "나", "다", "상세 없음"]
    assert data["booths"][3]["tables"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?name=포차", ["가 포차"]),
        ("?name=%20%EA%B0%80%20", ["가 포차"]),
        ("?name=없는", []),
        ("?name=", ["가 포차", "나", "다", "상세 없음"]),
        ("?free=true", ["나", "다"]),
        ("?free=false", ["가 포차", "상세 없음"]),
        ("?in_stock=true", ["나", "다"]),
        ("?in_stock=false&free=false", ["가 포차", "상세 없음"]),
        ("?free=true&name=나&_=1", ["나"]),
    ],
)
def test_a_list_may_be_filtered(booths: None, query: str, found: list[str]) -> None:
    assert names(query) == found


@pytest.mark.parametrize("query", ["?free=yes", "?in_stock=", "?free=TRUE"])
def test_a_wrong_filter_is_told(booths: None, query: str) -> None:
    answer = Client().get(f"/booths/{query}")
    assert (answer.status_code, answer.json()["data"]["code"]) == (400, "invalid")
    assert answer["Cache-Control"] == "no-store"
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_one_booth_may_be_asked_for(booths: None) -> None:
    listed = read()["booths"][0]
    assert Client().get(f"/booths/{listed['id']}/").json()["data"] == listed
    hidden = Booth.objects.get(name="사라진 부스").pk
    for number in (hidden, 0, 10**18, 10**25):
        answer = Client().get(f"/booths/{number}/")
        assert (answer.status_code, answer.json()["data"]["code"]) == (404, "not_found")


def test_what_has_not_changed_is_not_sent_again(booths: None) -> None:
    plain = Client().get("/booths/")
    packed = Client().get("/booths/", headers={"Accept-Encoding": "br, gzip"})
    assert gzip.decompress(packed.content) == plain.content
    assert (packed["Content-Encoding"], packed["Vary"]) == ("gzip", "Accept-Encoding")
    assert plain["ETag"] != packed["ETag"]
    for tag in (plain["ETag"], packed["ETag"], f"W/{plain['ETag']}", f'"x", {plain["ETag"]}', "*"):
        again = Client().get("/booths/", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] in {plain["ETag"], packed["ETag"]}
        assert "Content-Type" not in again
    for tag in ('"x"', "junk", ""):
        assert Client().get("/booths/", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("br", False),
        ("xgzip", False),
        ("", False),
    ],
)
def test_it_is_compressed_for_who_takes_that(booths: None, accepted: str, is_packed: bool) -> None:
    answer = Client().get("/booths/", headers={"Accept-Encoding": accepted})
    assert ("Content-Encoding" in answer) is is_packed


def test_a_success_in_the_future_is_stale_as_it_is_in_the_status(booths: None) -> None:
    now = timezone.now()
    times = {"started_at": now, "expires_at": now}
    run = SyncRun.objects.create(status="succeeded", trigger="cli", finished_at=now, **times)
    assert read_snapshot().freshness.stale is False
    SyncRun.objects.filter(pk=run.pk).update(finished_at=now + timedelta(hours=1))
    assert read_snapshot().freshness.stale is True


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_it_is_for_reading_alone(booths: None, method: str) -> None:
    answer = getattr(Client(), method)("/booths/")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_the_cost_is_the_same_for_many_booths_and_nothing_within_two_seconds(booths: None) -> None:
    counts = []
    for number in (0, 50):
        Booth.objects.bulk_create(Booth(name=f"부스 {i}") for i in range(number))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            read_snapshot()
        counts.append(len(captured))
    assert counts[0] == counts[1] <= QUERIES
    read()
    with CaptureQueriesContext(connection) as captured:
        for query in ("", "?free=true", "?name=나"):
            read(query)
    assert len(captured) == 0


@pytest.mark.database
def test_a_price_that_people_change_shows_within_three_seconds_and_stays(
    site: Site, upstream_of_site: SampleUpstream
) -> None:
    manage(site.database, "booth_sync", "sync", "--from-file", "tests/feeds/d-order.json")
    time.sleep(MAX_AGE_SECONDS + 0.5)
    before = site.ask("GET", "/booths/", client=OUTSIDE)
    assert before.json()["data"]["stale"] is False
    site.database.execute("UPDATE booth_menu SET price = 7700")
    time.sleep(MAX_AGE_SECONDS + 0.5)
    after = site.ask("GET", "/booths/", client=OUTSIDE)
    prices = {menu["price"] for booth in after.json()["data"]["booths"] for menu in booth["menus"]}
    assert prices == {7700}
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.headers["Last-Modified"]


@pytest.mark.database
def test_a_head_is_an_answer_without_its_body(site: Site) -> None:
    got = site.ask("GET", "/booths/", headers={"Accept-Encoding": "identity"})
    head = site.ask("HEAD", "/booths/", headers={"Accept-Encoding": "identity"})
    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(got.content))
    assert head.headers["ETag"] == got.headers["ETag"]


def test_what_anybody_sends_is_not_kept(booths: None) -> None:
    read("?name=x")  # the keys of what is stored are kept
    kept = find_key.cache_info().currsize, clean_name.cache_info().currsize
    for number in range(20):
        assert read(f"?name={number}{'a' * 100}%F0%9F%98%80")["booths"] == []
    assert (find_key.cache_info().currsize, clean_name.cache_info().currsize) == kept


def test_a_sync_between_two_queries_is_read_as_a_whole(booths: None) -> None:
    stored: list[str] = []

    def store(execute: Any, sql: str, *rest: Any) -> Any:
        """Store what a sync does after the menus were read, and before the booths are."""
        if not stored and 'FROM "booth_booth"' in sql:
            stored.append(sql)
            new = Booth.objects.create(name="새 부스", is_dorder=True)
            Menu.objects.create(booth=new, name="파전", ingredient=1)
            at = timezone.now()
            SyncRun.objects.create(status="succeeded", started_at=at, finished_at=at, expires_at=at)
        return execute(sql, *rest)

    with connection.execute_wrapper(store):
        snapshot = read_snapshot()
    assert stored
    [new] = [booth for booth in snapshot.booths if booth.name == "새 부스"]
    assert [menu.name for menu in new.menus] == ["파전"]


def test_of_many_who_wait_for_a_database_that_fails_one_tries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries: list[float] = []

    def fail() -> Any:
        tries.append(time.monotonic())
        time.sleep(0.2)
        raise StoreError("없습니다.")

    monkeypatch.setattr("booth.web.snapshot.read_snapshot", fail)
    shelf = Shelf()

    def ask(_: int) -> str:
        with pytest.raises(StoreError) as told:
            shelf.get()
        return told.value.message

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"없습니다."}
    assert len(tries) == 1
