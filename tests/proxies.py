"""A forward proxy on loopback, as a real server: plain HTTP, CONNECT, Basic authentication."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


@contextmanager
def proxying(
    *,
    credentials: str = "",
    names: Mapping[str, int] | None = None,
    answer: bytes = b"",
    tls_context: ssl.SSLContext | None = None,
) -> Iterator[tuple[str, list[str]]]:
    """Yield the proxy's origin and the heads it was sent.

    ``names`` are hosts that only the proxy knows, with their ports on loopback. With an ``answer``
    it passes nothing on and says that.
    """
    heads: list[str] = []
    wanted = base64.b64encode(credentials.encode()).decode()

    def treat(plain: socket.socket) -> None:
        with plain, suppress(OSError):
            plain.settimeout(20)
            client = tls_context.wrap_socket(plain, server_side=True) if tls_context else plain
            head = b""
            while not head.endswith(b"\r\n\r\n") and (received := client.recv(65_536)):
                head += received
            heads.append(head.decode("latin-1"))
            if answer:
                client.sendall(answer)
            elif credentials and f"Proxy-Authorization: Basic {wanted}\r\n" not in heads[-1]:
                client.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
            else:
                pass_on(client, heads[-1])
            with suppress(OSError):
                client.close()

    def pass_on(client: socket.socket, head: str) -> None:
        method, target, _ = head.split(" ", 2)
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        host = parts.hostname or ""
        known = (names or {}).get(host)
        with socket.create_connection(("127.0.0.1" if known else host, known or parts.port)) as far:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = target.removeprefix(f"{parts.scheme}://{parts.netloc}")
                far.sendall(head.replace(target, path, 1).encode("latin-1"))
            relay(client, far)

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=treat, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        scheme = "https" if tls_context else "http"
        yield f"{scheme}://127.0.0.1:{server.getsockname()[1]}", heads
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def relay(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes on in both directions until one side ends."""
    while True:
        for source, target in ((one, other), (other, one)):
            source.settimeout(0.02)
            try:
                received = source.recv(65_536)
            except TimeoutError:
                continue
            if not received:
                return
            target.settimeout(20)
            target.sendall(received)
