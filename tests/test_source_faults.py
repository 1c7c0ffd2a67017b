"""Every fault of the sample upstream, by name: it ends in time, under the right code."""

from __future__ import annotations

import re
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from booth.config.options import SourceOptions
from booth.errors import SourceError
from booth.sync.source import fetch
from sample_upstream import FAULT_NAMES, SampleUpstream

CANARY = "canary-0f3a"
FETCH_TIMEOUT = 8.0
SLACK = 4.0
"""Seconds that a busy machine may add."""

Expected = tuple[str, bool, int]
"""The error's code, whether it is retryable, and how many requests the upstream saw."""

PATIENT = {"read_timeout": 3.0, "attempt_timeout": 4.0, "fetch_timeout": 20.0}
"""For faults that end by themselves, so that a busy machine makes no timeout of them."""
TIMEOUT: Expected = ("source_timeout", True, 3)
CONNECTION: Expected = ("source_connection", True, 3)
REFUSED: dict[str, tuple[dict[str, str], Expected]] = {
    "status-404": ({}, ("source_http_404", False, 1)),
    "status-503": ({}, ("source_http_503", True, 3)),
    "flaky-9-502": ({}, ("source_http_502", True, 3)),
    "delay": ({"seconds": "60"}, TIMEOUT),
    "silent": ({}, TIMEOUT),
    "drip-headers": ({"interval": "0.1"}, TIMEOUT),
    "drip-body": ({"interval": "0.1"}, TIMEOUT),
    "cut-headers": ({}, CONNECTION),
    "truncated": ({}, CONNECTION),
    "overstated-length": ({}, CONNECTION),
    "reset": ({}, CONNECTION),
    "reset-body": ({}, CONNECTION),
    "gzip-bomb": ({}, ("source_encoding", False, 1)),
    "endless": ({}, ("source_too_large", False, 1)),
    "huge-header": ({}, CONNECTION),
    "many-headers": ({}, CONNECTION),
    "bad-chunk": ({}, CONNECTION),
    "bad-status-line": ({}, CONNECTION),
    "redirect-loop": ({}, ("source_redirect", False, 3)),
    "redirect-other": ({}, ("source_redirect", False, 1)),
    "redirect-scheme": ({}, ("source_redirect", False, 1)),
}
DELIVERED = {
    "redirect-same": 2,
    "html": 1,
    "empty-body": 1,
    "wrong-status": 1,
    "wrong-endpoint": 1,
    "empty-list": 1,
    "shrunk": 1,
    "not-json": 1,
    "cut-json": 1,
    "bad-utf8": 1,
    "nan": 1,
    "huge-integer": 1,
    "deep": 1,
    "no-content-length-close": 1,
}
"""Sound HTTP whose content the next stage judges, with the number of requests."""


def make_options(url: str, **changes: object) -> SourceOptions:
    """Return options with short limits and a secret wherever one can be."""
    known = {
        "url": url.replace("://", f"://{CANARY}-user:{CANARY}-pass@", 1),
        "token": f"{CANARY}-token",
        "headers": (("X-Key", f"{CANARY}-header"),),
        "connect_timeout": 1.0,
        "read_timeout": 0.6,
        "attempt_timeout": 1.0,
        "fetch_timeout": FETCH_TIMEOUT,
        "max_bytes": 1_048_576,
    }
    return SourceOptions(**known | changes)  # type: ignore[arg-type]


def fail(options: SourceOptions) -> SourceError:
    """Return the error that fetching ends with, in time and without a secret."""
    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        fetch(options)
    assert time.monotonic() - began < options.fetch_timeout + SLACK
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert options.public_url in caught.value.message
    assert re.search(r"세요\.|다음 실행이 다시 시도합니다\.", caught.value.message)
    return caught.value


def test_every_fault_is_expected_something_of() -> None:
    named = {name.replace("404", "<code>") for name in [*REFUSED, *DELIVERED]}
    named = {name.replace("flaky-9-502", "flaky-<n>-<code>") for name in named}
    assert named - {"status-503"} == set(FAULT_NAMES)


@pytest.mark.parametrize("name", REFUSED)
def test_it_ends_a_fault_in_time(
    upstream: SampleUpstream, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    query, expected = REFUSED[name]
    patient = {} if expected == TIMEOUT else PATIENT
    url = upstream.fault_url(name, token=f"{CANARY}-query", **query)
    error = fail(make_options(url, **patient))
    assert (error.code, error.retryable, len(upstream.requests)) == expected
    assert {request.get_header("X-Key") for request in upstream.requests} == {f"{CANARY}-header"}
    assert CANARY not in caplog.text


@pytest.mark.parametrize("name", DELIVERED)
def test_it_leaves_the_content_to_the_next_stage(upstream: SampleUpstream, name: str) -> None:
    upstream.set_booths([{"boothName": "가"}, {"boothName": "나"}, {"boothName": "다"}])
    options = make_options(upstream.fault_url(name), attempt_timeout=5.0, read_timeout=5.0)
    answer = fetch(options)
    assert (answer.http_status, len(upstream.requests)) == (200, DELIVERED[name])
    assert bool(answer.body) == (name != "empty-body")


@pytest.mark.parametrize("name", ["silent", "drip-headers", "drip-body"])
def test_it_ends_by_the_deadline_in_the_middle_of_an_attempt(
    upstream: SampleUpstream, name: str
) -> None:
    url = upstream.fault_url(name, interval=0.1)
    began = time.monotonic()
    error = fail(make_options(url, fetch_timeout=1.5, attempt_timeout=60.0, read_timeout=60.0))
    assert time.monotonic() - began >= 1.5
    assert (error.code, len(upstream.requests)) == ("source_timeout", 1)


def test_it_reads_no_more_bytes_than_allowed(upstream: SampleUpstream) -> None:
    upstream.set_body(b" " * 1000)
    assert len(fetch(make_options(upstream.url, max_bytes=1000)).body) == 1000
    error = fail(make_options(upstream.url, max_bytes=999))
    assert (error.code, error.retryable, error.upstream_status) == ("source_too_large", False, 200)


def test_it_ends_for_a_host_that_has_no_address() -> None:
    error = fail(make_options("http://booths.invalid/api/"))
    assert (error.code, error.retryable) == ("source_connection", True)


def test_it_ends_for_a_port_that_nobody_listens_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = fail(make_options(f"http://127.0.0.1:{port}/"))
    assert (error.code, error.retryable) == ("source_connection", True)


def test_it_ends_for_a_queue_that_takes_no_more_connections() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, suppress(OSError):
        address = server.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(address)
        try:
            error = fail(make_options(f"http://127.0.0.1:{address[1]}/", connect_timeout=0.5))
        finally:
            for filler in fillers:
                filler.close()
    assert (error.code, error.retryable) == ("source_timeout", True)


@contextmanager
def listening(answer: bytes) -> Iterator[tuple[str, threading.Event]]:
    """Yield the URL of a server that sends ``answer`` to one client, and when that one left."""
    client_gone = threading.Event()

    def serve() -> None:
        with suppress(OSError), server.accept()[0] as connection:
            connection.settimeout(30)
            connection.recv(65_536)
            connection.sendall(answer)
            while connection.recv(65_536):
                pass
            client_gone.set()

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/", client_gone
        finally:
            server.shutdown(socket.SHUT_RDWR)  # closing alone would not wake who accepts
            thread.join(30)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_it_hangs_up_when_time_is_up(answer: bytes) -> None:
    with listening(answer) as (url, client_gone):
        fail(make_options(url, fetch_timeout=1.0, read_timeout=60.0, attempt_timeout=60.0))
        assert client_gone.wait(10)


def test_it_says_no_more_than_one_line_about_broken_header_fields(
    caplog: pytest.LogCaptureFixture,
) -> None:
    head = b"HTTP/1.1 404 Not Found\r\nno field at all\r\nContent-Length: 0\r\n\r\n"
    with listening(head) as (url, _):
        error = fail(make_options(url))
    assert error.code == "source_http_404"
    assert [record.name for record in caplog.records if record.levelname != "DEBUG"] == []
