"""The bytes of the request: what is asked for is what was configured, and nothing is added."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from booth.sync.source import fetch
from tests.test_source import fail, make_options

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
TARGETS = {
    "": "/",
    "/": "/",
    "?": "/",
    "?q": "/?q",
    "/a/../b/./c": "/a/../b/./c",
    "//a//b": "//a//b",
    "/a;p=1;q/b;r?c;d": "/a;p=1;q/b;r?c;d",
    "/%7Ea%2fb%2F%c3%A9": "/%7Ea%2Fb%2F%C3%A9",
    "/a~b!$&'()*+,=:@": "/a~b!$&'()*+,=:@",
    "/a?b=%20+%2b&b=&&c": "/a?b=%20+%2B&b=&&c",
    "/a?b=/../?#part": "/a?b=/../?",
    "/[a]|b^": "/%5Ba%5D%7Cb%5E",
    "/100%": "/100%25",
}
"""What stands behind the host in the settings, and the request target that comes of it."""


@contextmanager
def recording(
    *answers: bytes | list[bytes], hangs_up: bool = False
) -> Iterator[tuple[str, list[bytes]]]:
    """Yield the origin of a server that answers once with each, and the heads it was sent.

    A list is an answer that is put together once the origin is known. Each connection stays open
    behind its answer until the client leaves it, unless the server ``hangs_up``.
    """
    heads: list[bytes] = []

    def treat(connection: socket.socket, answer: bytes | list[bytes]) -> None:
        with connection, suppress(OSError):
            connection.settimeout(30)
            head = b""
            while not head.endswith(b"\r\n\r\n") and (received := connection.recv(65_536)):
                head += received
            heads.append(head)
            connection.sendall(b"".join(answer) if isinstance(answer, list) else answer)
            while not hangs_up and connection.recv(65_536):
                pass

    def serve() -> None:
        with suppress(OSError):
            for answer in answers:
                connection = server.accept()[0]
                threading.Thread(target=treat, args=(connection, answer), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", heads
        finally:
            server.shutdown(socket.SHUT_RDWR)  # closing alone would not wake who accepts
            thread.join(30)


@pytest.mark.parametrize(("written", "target"), TARGETS.items())
def test_it_asks_for_the_target_as_it_is_written(written: str, target: str) -> None:
    with recording(EMPTY) as (origin, heads):
        fetch(make_options(origin + written))
    assert heads[0].splitlines()[0].decode() == f"GET {target} HTTP/1.1"


def test_it_sends_no_header_that_nobody_wrote() -> None:
    with recording(EMPTY) as (origin, heads):
        fetch(make_options(origin.replace("://", "://booth:pass@") + "/", headers=(("X-K", "v"),)))
    assert sorted(heads[0].decode().strip().splitlines()[1:]) == [
        "Accept-Encoding: identity",
        "Accept: application/json",
        "Authorization: Basic Ym9vdGg6cGFzcw==",
        f"Host: {origin.removeprefix('http://')}",
        "User-Agent: booth-sync",
        "X-K: v",
    ]


@pytest.mark.parametrize(
    ("headers", "token", "wanted"),
    [
        ((), "", "Basic Ym9vdGg6cGFzcw=="),
        ((("authorization", "Key k"),), "", "Key k"),
        ((("AUTHORIZATION", "Key k"), ("authorization", "Key l")), "sesame", "Bearer sesame"),
    ],
)
def test_a_token_counts_before_a_header_and_that_before_the_userinfo(
    headers: tuple[tuple[str, str], ...], token: str, wanted: str
) -> None:
    with recording(EMPTY) as (origin, heads):
        url = origin.replace("://", "://booth:pass@")
        fetch(make_options(url, headers=headers, token=token))
    lines = heads[0].decode().splitlines()
    sent = [line.partition(": ")[2] for line in lines if line.lower().startswith("authorization:")]
    assert sent == [wanted]


def test_it_takes_no_cookie_and_its_credentials_across_a_redirect() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: b%2fc\r\nSet-Cookie: a=canary; Path=/\r\n"
    with recording(moved + b"Content-Length: 0\r\n\r\n", EMPTY) as (origin, heads):
        fetch(make_options(origin.replace("://", "://booth:pass@") + "/a/"))
    assert [head.split(b" ")[1] for head in heads] == [b"/a/", b"/a/b%2Fc"]
    assert all(b"Basic Ym9vdGg6cGFzcw==" in head for head in heads)
    assert b"cookie" not in heads[1].lower()


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
def test_it_follows_a_redirect_without_waiting_for_its_body(encoding: str) -> None:
    moved = f"HTTP/1.1 307 Moved\r\nLocation: /b\r\nContent-Encoding: {encoding}\r\n"
    with recording(f"{moved}Content-Length: 9\r\n\r\n<".encode(), EMPTY) as (origin, heads):
        began = time.monotonic()
        fetch(make_options(origin + "/a"))
        assert time.monotonic() - began < 4  # a read may take 5 s
    assert len(heads) == 2


@pytest.mark.parametrize("status", [404, 503])
def test_it_does_not_wait_for_the_body_of_a_refusal(status: int) -> None:
    head = f"HTTP/1.1 {status} No\r\nContent-Length: 9\r\n\r\n<".encode()
    with recording(head) as (origin, _):
        began = time.monotonic()
        error = fail(origin, max_attempts=1)
        assert time.monotonic() - began < 4
    assert (error.code, error.upstream_status) == (f"source_http_{status}", status)
