"""The sample D-Order, asked over real sockets."""

import http.client
import json
import re
import socket
import ssl
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sample_upstream import API_PATH, SampleUpstream
from sample_upstream.invent import invent

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "sample-upstream.md"
HANGING = ["silent", "drip-headers", "drip-body", "endless"]


@pytest.fixture
def upstream() -> Iterator[SampleUpstream]:
    with SampleUpstream() as running:
        yield running


def ask(
    url: str,
    method: str = "GET",
    *,
    headers: dict[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """Return status, header and body; no redirect is followed."""
    address = urlsplit(url)
    host, port = address.hostname or "", address.port
    connection = http.client.HTTPConnection(host, port, timeout=5)
    if tls:
        connection = http.client.HTTPSConnection(host, port, timeout=5, context=tls)
    try:
        connection.request(
            method, f"{address.path}?{address.query}".rstrip("?"), headers=headers or {}
        )
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def list_booths(url: str) -> list[dict[str, Any]]:
    booths: list[dict[str, Any]] = json.loads(ask(url)[2])["data"]["boothDetails"]
    return booths


def open_client(url: str) -> socket.socket:
    address = urlsplit(url)
    client = socket.create_connection((address.hostname, address.port), timeout=5)
    client.sendall(f"GET {address.path}?{address.query} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return client


def test_it_answers_in_the_envelope_of_d_order(upstream: SampleUpstream) -> None:
    status, headers, body = ask(upstream.url)
    envelope = json.loads(body)
    assert (status, headers["Content-Type"], "ETag" in headers) == (200, "application/json", False)
    assert body == json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    booths = envelope["data"].pop("boothDetails")
    assert envelope == {"statusCode": 200, "message": "부스 검색 성공", "data": {}}
    for booth in booths:
        assert list(booth) == ["boothName", "boothAllTable", "boothUsageTable", "Menus"]
        assert all(list(m) == ["menuName", "menuIngredidentReminder"] for m in booth["Menus"])


def test_it_varies_the_order_but_not_the_booths(upstream: SampleUpstream) -> None:
    answers = [list_booths(upstream.url) for _ in range(4)]
    assert len({str(booths) for booths in answers}) == 4
    assert len({str(sorted(map(str, booths))) for booths in answers}) == 1


def test_it_tells_the_same_story_for_the_same_seed() -> None:
    with SampleUpstream(seed=7) as one, SampleUpstream(seed=7) as other:
        assert all(one.tick() == other.tick() for _ in range(9))
        assert ask(one.url)[2] == ask(other.url)[2]


def test_it_answers_wrong_paths_and_methods_as_django_does(upstream: SampleUpstream) -> None:
    status, headers, _ = ask(f"{upstream.url[:-1]}?page=1")
    assert (status, headers["Location"]) == (301, f"{API_PATH}?page=1")
    for path in ("/", "/_fault/silent/", f"/x{API_PATH}", f"/_fault/unknown{API_PATH}"):
        status, headers, body = ask(upstream.origin + path)
        assert (status, headers["Content-Type"][:9]) == (404, "text/html")
        assert b"<h1>Not Found</h1>" in body
    for method in ("POST", "PUT", "PATCH", "DELETE", "BREW"):
        assert ask(upstream.url, method)[0] == 405
    assert ask(f"{upstream.origin}/_tick")[0] == 405


def test_it_asks_for_the_token_where_one_is_required() -> None:
    with SampleUpstream(require_token="sesame") as upstream:
        for sent, status in (("", 401), ("Bearer wrong", 401), ("Bearer sesame", 200)):
            assert ask(upstream.url, headers={"Authorization": sent})[0] == status
            assert (
                ask(upstream.fault_url("empty-list"), headers={"Authorization": sent})[0] == status
            )


def test_it_invents_what_a_festival_has() -> None:
    booths = invent(booths=15, menus=10, seed=1, twins=2).booths
    names = Counter(booth.name for booth in booths)
    assert len(names) == 15
    assert [(b.tables, b.used, names[b.name]) for b in booths if not b.menus] == [(0, 0, 2)] * 2
    fees = {menu.name for booth in booths for menu in booth.menus if menu.stock == 999_999}
    assert fees == {"테이블 이용료", "테이블 이용료(1인당)"}
    assert any(re.fullmatch(r".+\+.+ 세트", m.name) for booth in booths for m in booth.menus)
    assert any(booth.menus and booth.tables == 0 for booth in booths)
    assert sum(len({m.name for m in b.menus}) < len(b.menus) for b in booths) == 2


@pytest.mark.parametrize("size", [(0, 10, 0), (1, 0, 1), (3, 1, 3), (2, 4, 1), (40, 60, 0)])
def test_it_keeps_worlds_of_any_size_sane(size: tuple[int, int, int]) -> None:
    booths, menus, twins = size
    with SampleUpstream(booths=booths, menus=menus, twins=twins) as upstream:
        for _ in range(30):
            upstream.tick()
            assert all(0 <= booth.used <= booth.tables for booth in upstream.world.booths)
            assert all(menu.stock >= 0 for booth in upstream.world.booths for menu in booth.menus)
        assert len(list_booths(upstream.url)) == booths + twins


def test_it_tells_an_interesting_story_from_the_first_step(upstream: SampleUpstream) -> None:
    first, second = upstream.tick().count_kinds(), upstream.tick().count_kinds()
    (away,) = upstream.world.away
    assert {"tables_changed", "stock_fell", "booth_renamed"} <= set(first)
    assert {"booth_vanished", "menu_added", "stock_rose"} <= set(second)
    assert {"booth_returned", "menu_vanished"} <= set(upstream.tick().count_kinds())
    assert away in upstream.world.booths


def test_it_moves_on_request_and_shows_the_truth(upstream: SampleUpstream) -> None:
    before = list_booths(upstream.url)
    tick = json.loads(ask(f"{upstream.origin}/_tick", "POST")[2])
    truth = json.loads(ask(f"{upstream.origin}/_world")[2])
    assert tick["step"] == truth["step"] == upstream.world.step == 1
    assert tick["counts"] == Counter(event["kind"] for event in tick["events"])
    assert sorted(map(str, list_booths(upstream.url))) == sorted(map(str, truth["booths"]))
    assert sorted(map(str, before)) != sorted(map(str, truth["booths"]))


def test_it_answers_what_it_is_told_to(upstream: SampleUpstream) -> None:
    upstream.set_body(b"{broken")
    assert ask(upstream.url)[2] == b"{broken"
    items: list[dict[str, object]] = [{"boothName": "가"}, {}, {"boothName": "나"}]
    upstream.set_booths(items)
    assert list_booths(upstream.url) == items
    assert list_booths(upstream.fault_url("shrunk")) == items[:1]
    upstream.set_body(None)
    assert len(list_booths(upstream.url)) == 16


def test_it_records_requests_as_they_arrived(upstream: SampleUpstream) -> None:
    started_at = time.monotonic()
    ask(f"{upstream.url}?a=%20b", headers={"X-Note": "memo"})
    (request,) = upstream.requests
    assert (request.method, request.path, request.query) == ("GET", API_PATH, "a=%20b")
    assert request.get_header("x-note") == "memo"
    assert started_at <= request.received_at <= time.monotonic()
    upstream.forget_requests()
    assert upstream.requests == []
