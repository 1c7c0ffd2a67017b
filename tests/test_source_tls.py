"""The fetch over TLS: whom it trusts, and that a deadline ends it too."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from booth.sync.source import fetch
from sample_upstream import SampleUpstream
from tests.test_source_faults import fail, make_options

DAY = datetime.timedelta(days=1)
PATIENCE = {"connect_timeout": 5.0, "read_timeout": 5.0, "attempt_timeout": 10.0}
Certify = Callable[..., Path]


@pytest.fixture
def certify(tmp_path: Path) -> Certify:
    """Return a function that makes a file with a key and a certificate of its own."""

    def make(*, address: str = "127.0.0.1", expired: bool = False) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sample")])
        now = datetime.datetime.now(datetime.UTC)
        end = now - DAY if expired else now + DAY
        host = x509.IPAddress(ipaddress.ip_address(address))
        builder = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - 3 * DAY)
            .not_valid_after(end)
            .add_extension(x509.SubjectAlternativeName([host]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        )
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        file = tmp_path / "certificate.pem"
        file.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
            + builder.sign(key, hashes.SHA256()).public_bytes(pem)
        )
        return file

    return make


def make_context(certificate: Path) -> ssl.SSLContext:
    """Return the server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_it_refuses_a_certificate_that_nobody_vouches_for(certify: Certify) -> None:
    with SampleUpstream(tls_context=make_context(certify())) as upstream:
        error = fail(make_options(upstream.url, **PATIENCE))
        assert (error.code, error.retryable, upstream.requests) == ("source_tls", False, [])


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


@pytest.mark.parametrize("flaw", [{"address": "127.0.0.2"}, {"expired": True}])
def test_it_refuses_a_wrong_host_and_an_expired_certificate(
    certify: Certify, flaw: dict[str, object]
) -> None:
    certificate = certify(**flaw)
    with SampleUpstream(tls_context=make_context(certificate)) as upstream:
        error = fail(make_options(upstream.url, ca_bundle=str(certificate), **PATIENCE))
        assert (error.code, error.retryable, upstream.requests) == ("source_tls", False, [])


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


@pytest.mark.parametrize("opening", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_it_ends_where_no_tls_is_spoken(opening: bytes) -> None:
    def serve() -> None:
        with suppress(OSError):
            while True:
                with server.accept()[0] as connection:
                    connection.recv(65_536)
                    connection.sendall(opening)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            error = fail(make_options(f"https://127.0.0.1:{server.getsockname()[1]}/"))
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)
    assert error.code in {"source_tls", "source_connection"}


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
