"""The sample D-Order, asked over real sockets."""

import datetime
import http.client
import ipaddress
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sample_upstream import API_PATH, FAULT_NAMES, SampleUpstream
from sample_upstream.__main__ import main
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


def make_certificate(folder: Path) -> Path:
    """Return a file with a key and a certificate of its own for 127.0.0.1."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sample")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file = folder / "sample.pem"
    file.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
        + builder.sign(key, hashes.SHA256()).public_bytes(encoding)
    )
    return file


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


SOUND: dict[str, tuple[dict[str, str], int, bytes]] = {
    "status-503": ({"retry_after": "7"}, 503, rb"<h1>Service Unavailable"),
    "delay": ({"seconds": "0.1"}, 200, rb'"boothDetails":\[\{'),
    "redirect-same": ({}, 302, rb""),
    "redirect-loop": ({}, 302, rb""),
    "redirect-other": ({"to": "http://other.invalid/"}, 302, rb""),
    "redirect-scheme": ({}, 302, rb""),
    "html": ({}, 200, rb"<!doctype html>"),
    "empty-body": ({}, 200, rb"^$"),
    "wrong-status": ({}, 200, rb'^{"statusCode":404,.+boothName'),
    "wrong-endpoint": ({}, 200, rb'^(?!.*"Menus").+boothName'),
    "empty-list": ({}, 200, rb'"boothDetails":\[\]}}$'),
    "shrunk": ({}, 200, rb'"boothDetails":\[\{.+}}$'),
    "not-json": ({}, 200, "부스".encode()),
    "cut-json": ({}, 200, rb'^{"statusCode":200,.+(?<!}})$'),
    "bad-utf8": ({}, 200, rb"\xff"),
    "nan": ({}, 200, rb":NaN,"),
    "huge-integer": ({}, 200, rb":9{4301},"),
    "deep": ({}, 200, rb"\[{100001}\]{100001}"),
    "no-content-length-close": ({}, 200, rb'"boothDetails":\[\{.+}}$'),
}
BROKEN: dict[str, type[Exception]] = {
    "truncated": http.client.IncompleteRead,
    "overstated-length": http.client.IncompleteRead,
    "reset": ConnectionResetError,
    "reset-body": ConnectionResetError,
    "huge-header": http.client.LineTooLong,
    "many-headers": http.client.HTTPException,
    "bad-chunk": http.client.IncompleteRead,
    "bad-status-line": http.client.BadStatusLine,
}


@pytest.mark.parametrize("name", SOUND)
def test_it_misbehaves_in_sound_http(upstream: SampleUpstream, name: str) -> None:
    query, status, pattern = SOUND[name]
    answered, headers, body = ask(upstream.fault_url(name, **query))
    assert answered == status
    assert re.search(pattern, body, re.DOTALL)
    assert headers.get("Retry-After") == query.get("retry_after")
    wanted = {"same": API_PATH, "loop": f"/_fault/{name}{API_PATH}", "other": query.get("to")}
    if status == 302:
        wanted["scheme"] = f"ftp://127.0.0.1{API_PATH}"
        assert headers["Location"] == wanted[name.removeprefix("redirect-")]


@pytest.mark.parametrize("name", BROKEN)
def test_it_misbehaves_below_http(upstream: SampleUpstream, name: str) -> None:
    with pytest.raises(BROKEN[name]):
        ask(upstream.fault_url(name))
    assert ask(upstream.url)[0] == 200


def test_it_is_flaky_per_key(upstream: SampleUpstream) -> None:
    urls = [upstream.fault_url("flaky-2-502", key=key) for key in ("a", "b")]
    assert [[ask(url)[0] for _ in range(4)] for url in urls] == [[502, 502, 200, 200]] * 2


def test_it_sends_a_bomb_that_inflates(upstream: SampleUpstream) -> None:
    _, headers, body = ask(
        upstream.fault_url("gzip-bomb", mib=8), headers={"Accept-Encoding": "identity"}
    )
    assert headers["Content-Encoding"] == "gzip"
    assert len(body) < 20_000
    feed = zlib.decompress(body, wbits=31)
    assert (len(feed) > 8 * 1_048_576, json.loads(feed)["statusCode"]) == (True, 200)


@pytest.mark.parametrize("name", HANGING)
def test_it_ends_by_its_limit(upstream: SampleUpstream, name: str) -> None:
    started_at = time.monotonic()
    with open_client(upstream.fault_url(name, limit=0.4, interval=0.05)) as client:
        while client.recv(1_048_576):
            pass
    assert 0.3 < time.monotonic() - started_at < 2


def test_it_drips_single_bytes(upstream: SampleUpstream) -> None:
    with open_client(upstream.fault_url("drip-headers", interval=0.05)) as client:
        assert b"".join(client.recv(1) for _ in range(8)) == b"HTTP/1.1"
    upstream.set_body(b"{}")
    assert ask(upstream.fault_url("drip-body", interval=0.01))[2] == b"{}"


def test_it_refuses_parameters_it_cannot_read(upstream: SampleUpstream) -> None:
    for query in ({"seconds": "soon"}, {"seconds": "nan"}, {"limit": "-1"}, {"limit": "inf"}):
        assert ask(upstream.fault_url("delay", **query))[0] == 400


def test_it_closes_quickly_under_hanging_clients() -> None:
    with SampleUpstream() as upstream:
        clients = [open_client(upstream.fault_url(name)) for name in [*HANGING, "delay"] * 4]
        time.sleep(0.2)
        started_at = time.monotonic()
    assert time.monotonic() - started_at < 1
    for client in clients:
        client.close()


def test_it_serves_tls(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    tls_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls_context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with SampleUpstream(tls_context=tls_context) as upstream:
        assert upstream.url.startswith("https://127.0.0.1:")
        assert ask(upstream.url, tls=trusting)[0] == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(upstream.url, tls=ssl.create_default_context())
        with pytest.raises(http.client.IncompleteRead):
            ask(upstream.fault_url("truncated"), tls=trusting)


def test_it_runs_as_a_command_until_it_is_told_to_stop(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    options = ["--port", "0", "--booths", "3", "--tick", "0.1", "--ready-file", str(ready)]
    command = [sys.executable, "-m", "sample_upstream", *options]
    for number in (signal.SIGTERM, signal.SIGINT):
        with subprocess.Popen(
            command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            url = (process.stdout or sys.stdin).readline().strip()
            assert ready.read_text(encoding="utf-8").strip() == url
            assert len(list_booths(url)) >= 3
            time.sleep(0.4)
            assert json.loads(ask(url.replace(API_PATH, "/_world"))[2])["step"] > 0
            process.send_signal(number)
            assert process.wait(timeout=5) == 0


def test_it_refuses_hosts_that_others_reach(capsys: pytest.CaptureFixture[str]) -> None:
    for host in ("0.0.0.0", "", "192.0.2.1", "example.org"):
        with pytest.raises(ValueError, match="loopback"):
            SampleUpstream(host=host)
    with pytest.raises(SystemExit, match="2"):
        main(["--host", "192.0.2.1"])
    assert "not a loopback address" in capsys.readouterr().err


def test_it_documents_and_tests_every_fault() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([^`]+)` \|", guide, re.MULTILINE)) == set(FAULT_NAMES)
    named = {name.replace("503", "<code>") for name in [*SOUND, *BROKEN, *HANGING]}
    assert set(FAULT_NAMES) - named == {"flaky-<n>-<code>", "gzip-bomb"}
