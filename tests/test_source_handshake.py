"""TLS that comes to no end: what is lost is tried again, what is wrong is named."""

from __future__ import annotations

import gc
import select
import socket
import ssl
import struct
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from urllib3.exceptions import ProtocolError

from booth.http.pools import HttpsPool
from sample_upstream import SampleUpstream
from tests.certificates import certify, make_context
from tests.pushgateway.gateways import listening
from tests.test_source_faults import fail, make_options

PATIENCE = {"connect_timeout": 5.0, "read_timeout": 5.0, "attempt_timeout": 10.0}


def alert(description: int) -> bytes:
    """Return a fatal alert of TLS 1.2 in its record."""
    return b"\x15\x03\x03\x00\x02\x02" + bytes([description])


def serve_openings(opening: bytes) -> tuple[str, bool, int]:
    """Return code, whether retryable, and visits of a fetch that is met with ``opening``."""
    visits: list[int] = []

    def greet(connection: socket.socket) -> None:
        visits.append(1)
        connection.recv(65_536)
        connection.sendall(opening)

    with listening(greet, reads_head=False) as url:
        error = fail(make_options(url.replace("http:", "https:") + "/", **PATIENCE))
    return error.code, error.retryable, len(visits)


OPENINGS = {
    "hang-up": b"",
    "internal error": alert(80),
    "unrecognized name": alert(112),
    "cancelled": alert(90),
    "close": alert(0),
    "cut": b"\x16\x03\x03",
    "nonsense": b"\x16\x03\x03\x00\x02\xff\xff",
}


@pytest.mark.parametrize("opening", OPENINGS.values(), ids=OPENINGS)
def test_it_tries_a_lost_handshake_again(opening: bytes) -> None:
    assert serve_openings(opening) == ("source_connection", True, 3)


@pytest.mark.parametrize(
    ("opening", "code"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "source_no_tls"),
        (b"220 mail.example.invalid ESMTP ready\r\n", "source_no_tls"),
        (alert(70), "source_tls_protocol"),
        (alert(40), "source_tls_cipher"),
        (alert(71), "source_tls_cipher"),
    ],
)
def test_it_names_what_no_further_attempt_mends(opening: bytes, code: str) -> None:
    assert serve_openings(opening) == (code, False, 1)


def test_it_names_a_server_that_speaks_no_modern_tls(tmp_path: Path) -> None:
    context = make_context(certify(tmp_path))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with SampleUpstream(tls_context=context) as upstream:
        error = fail(make_options(upstream.url, **PATIENCE))
    assert (error.code, "TLS 1.2" in error.message) == ("source_tls_protocol", True)


def test_it_names_a_server_with_no_cipher_in_common(tmp_path: Path) -> None:
    context = make_context(certify(tmp_path))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0")
    with SampleUpstream(tls_context=context) as upstream:
        error = fail(make_options(upstream.url, **PATIENCE))
    assert (error.code, error.retryable) == ("source_tls_cipher", False)


def test_a_peer_gone_before_the_handshake_leaves_no_socket_open() -> None:
    with warnings.catch_warnings(record=True) as caught, listening(reset, reads_head=False) as url:
        warnings.simplefilter("always")
        pool = HttpsPool("127.0.0.1", urlsplit(url).port, register=wait_for_reset)
        with pytest.raises(ProtocolError, match="reset"):
            pool.urlopen("GET", "/", retries=False)
        pool.close()
        gc.collect()
    assert not caught


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def wait_for_reset(opened: socket.socket) -> None:
    select.select([opened], [], [], 5)
