"""The misbehaviour of the sample D-Order, and how it is run and ended."""

import http.client
import json
import re
import signal
import ssl
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from sample_upstream import API_PATH, FAULT_NAMES, SampleUpstream
from sample_upstream.__main__ import main
from tests.certificates import certify
from tests.test_sample_upstream import (
    GUIDE,
    HANGING,
    ROOT,
    ask,
    list_booths,
    open_client,
)

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
    "cut-headers": ({}, 200, rb"^$"),  # http.client does not mind
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
    certificate = certify(tmp_path)
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
