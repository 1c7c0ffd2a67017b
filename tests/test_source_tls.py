"""The fetch over TLS: whom it trusts, and that a deadline ends it too."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from booth.sync.source import fetch
from sample_upstream import SampleUpstream
from tests import certificates
from tests.certificates import make_context
from tests.test_source_faults import fail, make_options

PATIENCE = {"connect_timeout": 5.0, "read_timeout": 5.0, "attempt_timeout": 10.0}
Certify = Callable[..., Path]


@pytest.fixture
def certify(tmp_path: Path) -> Certify:
    """Return a function that makes a file with a key and a certificate of its own."""
    return partial(certificates.certify, tmp_path)


def test_it_refuses_a_certificate_that_nobody_vouches_for(certify: Certify) -> None:
    with SampleUpstream(tls_context=make_context(certify())) as upstream:
        error = fail(make_options(upstream.url, **PATIENCE))
        assert (error.code, error.retryable, upstream.requests) == ("source_tls", False, [])
        assert "BOOTH_SYNC_CA_BUNDLE" in error.message  # the issuer is unknown


def test_it_accepts_a_certificate_of_the_bundle(certify: Certify) -> None:
    certificate = certify()
    with SampleUpstream(tls_context=make_context(certificate)) as upstream:
        answer = fetch(make_options(upstream.url, ca_bundle=str(certificate), **PATIENCE))
        assert (answer.http_status, len(upstream.requests)) == (200, 1)


def test_it_trusts_whom_the_system_trusts(
    certify: Certify, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certify()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # where OpenSSL looks for the system's
    with SampleUpstream(tls_context=make_context(certificate)) as upstream:
        assert fetch(make_options(upstream.url, **PATIENCE)).http_status == 200


def test_it_trusts_nobody_where_the_bundle_is_gone(certify: Certify, tmp_path: Path) -> None:
    with SampleUpstream(tls_context=make_context(certify())) as upstream:
        gone = str(tmp_path / "gone.pem")
        error = fail(make_options(upstream.url, ca_bundle=gone, **PATIENCE))
        assert (error.code, error.retryable, upstream.requests) == ("source_tls", False, [])


@pytest.mark.parametrize(
    ("flaw", "reason"),
    [
        ({"address": "127.0.0.2"}, "다른 호스트"),
        ({"host": "d-order.example"}, "다른 호스트"),
        ({"expired": True}, "만료"),
        ({"early": True}, "아직 유효하지"),
    ],
)
def test_it_says_what_is_wrong_with_a_certificate(
    certify: Certify, flaw: dict[str, object], reason: str
) -> None:
    certificate = certify(**flaw)
    with SampleUpstream(tls_context=make_context(certificate)) as upstream:
        error = fail(make_options(upstream.url, ca_bundle=str(certificate), **PATIENCE))
        assert (error.code, error.retryable, upstream.requests) == ("source_tls", False, [])
        assert reason in error.message


def test_it_trusts_no_bundle_of_the_environment(
    certify: Certify, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certify()
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(certificate))
    with SampleUpstream(tls_context=make_context(certificate)) as upstream:
        assert fail(make_options(upstream.url, **PATIENCE)).code == "source_tls"


def test_it_refuses_a_redirect_from_tls_to_plain_http(certify: Certify) -> None:
    certificate = certify()
    with (
        SampleUpstream() as plain,
        SampleUpstream(tls_context=make_context(certificate)) as upstream,
    ):
        url = upstream.fault_url("redirect-other", to=plain.url)
        error = fail(make_options(url, ca_bundle=str(certificate), **PATIENCE))
        assert (error.code, len(upstream.requests), plain.requests) == ("source_redirect", 1, [])


@pytest.mark.parametrize("name", ["truncated", "reset", "reset-body"])
def test_it_tries_a_cut_connection_again(certify: Certify, name: str) -> None:
    certificate = certify()
    with SampleUpstream(tls_context=make_context(certificate)) as upstream:
        url = upstream.fault_url(name)
        error = fail(make_options(url, ca_bundle=str(certificate), **PATIENCE))
        found = (error.code, error.retryable, len(upstream.requests))
        assert found == ("source_connection", True, 3)


@pytest.mark.parametrize("speaks_tls", [True, False])
def test_it_hangs_up_when_time_is_up(certify: Certify, *, speaks_tls: bool) -> None:
    certificate, client_gone = certify(), threading.Event()
    context = make_context(certificate)

    def serve() -> None:
        with suppress(OSError), server.accept()[0] as plain:
            plain.settimeout(30)
            if not speaks_tls:
                while plain.recv(65_536):
                    pass
                client_gone.set()
                return
            with context.wrap_socket(plain, server_side=True) as connection:
                began = time.monotonic()
                connection.recv(65_536)
                while time.monotonic() - began < 20 and not client_gone.wait(0.1):
                    connection.sendall(b"H")
                    plain_gone = _has_left(connection)
                    if plain_gone:
                        client_gone.set()

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"https://127.0.0.1:{server.getsockname()[1]}/"
        limits = {"fetch_timeout": 1.5, "read_timeout": 60.0, "attempt_timeout": 60.0}
        options = make_options(url, ca_bundle=str(certificate), connect_timeout=60.0, **limits)
        assert fail(options).code == "source_timeout"
        assert client_gone.wait(5)
    thread.join(30)


def _has_left(connection: ssl.SSLSocket) -> bool:
    connection.settimeout(0.05)
    try:
        return not connection.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True
