"""Through a proxy that was named: what goes there, what it may do wrong, how long it may take."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from booth.errors import SourceError
from booth.sync.source import fetch
from sample_upstream import SampleUpstream
from tests.certificates import certify, make_context
from tests.conftest import run_command
from tests.proxies import proxying
from tests.pushgateway.gateways import KINDS
from tests.test_source import fail, make_options

PAIR = "부스:p@ss/w"
QUOTED = ":".join(quote(part, safe="") for part in PAIR.split(":"))
ASCII = "xn--or3b27g.invalid"


def log_in(proxy: str, pair: str = QUOTED) -> str:
    """Return the address of ``proxy`` with credentials in it."""
    return proxy.replace("://", f"://{pair}@")


def port_of(upstream: SampleUpstream) -> int:
    """Return the port that an upstream listens on."""
    return int(upstream.origin.rpartition(":")[2])


def test_plain_http_is_asked_of_the_proxy_with_its_credentials(upstream: SampleUpstream) -> None:
    with proxying(credentials=PAIR) as (proxy, heads):
        url = upstream.url + "?a=b"
        options = make_options(url, proxy=log_in(proxy), token="sesame")
        assert fetch(options).http_status == 200
    assert heads[0].startswith(f"GET {url} HTTP/1.1\r\n")
    assert f"\r\nHost: {upstream.origin.removeprefix('http://')}\r\n" in heads[0]
    assert len(upstream.requests) == len(heads) == 1


def test_tls_goes_through_a_tunnel_and_the_proxy_sees_nothing_of_it(tmp_path: Path) -> None:
    certificate = certify(tmp_path)
    with (
        SampleUpstream(tls_context=make_context(certificate)) as upstream,
        proxying(credentials=PAIR) as (proxy, heads),
    ):
        options = make_options(
            upstream.url, proxy=log_in(proxy), ca_bundle=str(certificate), token="canary"
        )
        assert fetch(options).http_status == 200
        assert upstream.requests[0].get_header("Proxy-Authorization") is None
    assert heads[0].startswith(f"CONNECT 127.0.0.1:{port_of(upstream)} HTTP/1.")
    assert ("canary" in heads[0], len(heads)) == (False, 1)


@pytest.mark.parametrize("is_tls", [False, True])
def test_the_proxy_may_speak_tls_itself(tmp_path: Path, *, is_tls: bool) -> None:
    certificate = certify(tmp_path)
    context = make_context(certificate)
    with (
        SampleUpstream(tls_context=context if is_tls else None) as upstream,
        proxying(credentials=PAIR, tls_context=context) as (proxy, heads),
    ):
        options = make_options(upstream.url, proxy=log_in(proxy), ca_bundle=str(certificate))
        assert fetch(options).http_status == 200
        assert len(heads) == len(upstream.requests) == 1


def test_a_host_in_hangul_is_asked_for_in_ascii(upstream: SampleUpstream) -> None:
    with proxying(names={ASCII: port_of(upstream)}) as (proxy, heads):
        error = fail("http://부스.invalid/목록/", proxy=proxy)
    assert error.code == "source_http_404"  # the sample serves its own path alone
    assert "BOOTH_SYNC_PROXY" in error.message  # which may be whose answer it is
    lines = heads[0].split("\r\n")
    assert lines[0] == f"GET http://{ASCII}/%EB%AA%A9%EB%A1%9D/ HTTP/1.1"
    assert f"Host: {ASCII}" in lines


def test_a_host_in_hangul_is_the_certificates_host(tmp_path: Path) -> None:
    certificate, asked = certify(tmp_path, host=ASCII), []
    context = make_context(certificate)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with (
        SampleUpstream(tls_context=context) as upstream,
        proxying(names={ASCII: port_of(upstream)}) as (proxy, heads),
    ):
        options = make_options("https://부스.invalid/", proxy=proxy, ca_bundle=str(certificate))
        with pytest.raises(SourceError, match="404"):
            fetch(options)
        assert heads[0].startswith(f"CONNECT {ASCII}:443 ")
        assert upstream.requests[0].get_header("Host") == ASCII
    assert asked == [ASCII]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("answer", "advice", "visits"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "407", 1),
        (b"220 mail.example.invalid ESMTP\r\n\r\n", "연결", 3),
        (b"HTTP/1.1 200 O", "연결", 3),
    ],
    ids=["407", "garbage", "cut"],
)
def test_a_proxys_failure_is_said_of_the_proxy(
    scheme: str, answer: bytes, advice: str, visits: int
) -> None:
    with proxying(answer=answer) as (proxy, heads):
        error = fail(f"{scheme}://d-order.invalid/", proxy=log_in(proxy, "me:canary"))
    assert (error.code, error.retryable) == ("source_proxy", visits == 3)
    assert f"BOOTH_SYNC_PROXY의 프록시({proxy})" in error.message
    assert advice in error.message
    assert ("canary" in error.message, len(heads)) == (False, visits)


@pytest.mark.parametrize(("status", "visits"), [(403, 1), (404, 1), (502, 3), (503, 3), (504, 3)])
def test_a_tunnel_that_is_refused_is_said_of_the_proxy(status: int, visits: int) -> None:
    with proxying(answer=f"HTTP/1.1 {status} No\r\n\r\n".encode()) as (proxy, heads):
        error = fail("https://d-order.invalid/", proxy=proxy)
    assert (error.code, len(heads)) == ("source_proxy", visits)
    assert (f"HTTP {status}" in error.message, proxy in error.message) == (True, True)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_nobody_finds_is_said_of_the_proxy(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for proxy in (f"http://127.0.0.1:{port}", "http://proxy.invalid:3128"):
        error = fail(f"{scheme}://d-order.invalid/", proxy=proxy)
        assert (error.code, error.retryable) == ("source_proxy", True)
        assert f"BOOTH_SYNC_PROXY의 프록시({proxy})" in error.message


def test_a_proxys_certificate_is_verified_too(tmp_path: Path, upstream: SampleUpstream) -> None:
    with proxying(tls_context=make_context(certify(tmp_path))) as (proxy, heads):
        error = fail(upstream.url, proxy=proxy)
    assert (error.code, error.retryable, heads) == ("source_proxy", False, [])
    assert "인증서" in error.message


def test_what_lies_behind_the_proxy_is_not_said_of_it(tmp_path: Path) -> None:
    context = make_context(certify(tmp_path))
    with SampleUpstream(tls_context=context) as upstream, proxying() as (proxy, _):
        error = fail(upstream.url, proxy=proxy)
    assert error.code == "source_tls"
    assert f"프록시({proxy}) 너머의 D-Order({upstream.url})" in error.message


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("drips", [False, True])
def test_a_silent_or_dripping_proxy_ends_by_the_deadline(scheme: str, *, drips: bool) -> None:
    with KINDS["dripping" if drips else "silent"]() as proxy:
        began = time.monotonic()
        limits = {"connect_timeout": 60.0, "read_timeout": 60.0, "attempt_timeout": 60.0}
        error = fail(f"{scheme}://d-order.invalid/", proxy=proxy, **limits | {"fetch_timeout": 1.0})
        assert 1 <= time.monotonic() - began < 5
    assert error.code == "source_timeout"
    assert f"BOOTH_SYNC_PROXY의 프록시({proxy})" in error.message


def test_a_tunnel_ends_by_the_deadline_and_hangs_up(tmp_path: Path) -> None:
    certificate = certify(tmp_path)
    with (
        SampleUpstream(tls_context=make_context(certificate)) as upstream,
        proxying() as (proxy, _),
    ):
        url = upstream.fault_url("drip-body", interval=0.1)
        limits = {"read_timeout": 60.0, "attempt_timeout": 60.0, "fetch_timeout": 1.5}
        began = time.monotonic()
        error = fail(url, proxy=proxy, ca_bundle=str(certificate), **limits)
        assert 1.5 <= time.monotonic() - began < 6
    assert error.code == "source_timeout"


def test_a_run_says_nothing_of_the_proxys_credentials(tmp_path: Path) -> None:
    variables: dict[str, Any] = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "BOOTH_SYNC_API_URL": "https://d-order.invalid/",
        "BOOTH_SYNC_LOG_LEVEL": "DEBUG",
    }
    assert run_command("migrate", "--verbosity", "0", **variables).returncode == 0
    with proxying(credentials="other:pair") as (proxy, heads):
        variables["BOOTH_SYNC_PROXY"] = log_in(proxy, "canary-user:canary%2Fword")
        ended = run_command("booth_sync", "sync", **variables)
        history = run_command("booth_sync", "runs", "--json", **variables)
    assert (ended.returncode, history.returncode, len(heads)) == (69, 0, 1)
    assert "[source_proxy]" in ended.stderr
    assert proxy in history.stdout
    assert "canary" not in ended.stdout + ended.stderr + history.stdout + history.stderr
