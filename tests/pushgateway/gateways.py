"""Gateways in trouble, as real servers on loopback; the bench uses them too."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

Answer = Callable[[socket.socket], None]


@contextmanager
def listening(answer: Answer, *, reads_head: bool = True) -> Iterator[str]:
    """Yield the URL of a server that treats every connection with ``answer``, in a thread."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection = server.accept()[0]
                    arguments = (connection, answer, reads_head)
                    threading.Thread(target=_treat, args=arguments, daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _treat(connection: socket.socket, answer: Answer, reads_head: bool) -> None:
    with connection, suppress(OSError):
        connection.settimeout(30)
        request = b""
        while reads_head and b"\r\n\r\n" not in request:
            received = connection.recv(65_536)
            if not received:
                return
            request += received
        answer(connection)


@contextmanager
def _down() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


def _stay_silent(connection: socket.socket) -> None:
    while connection.recv(65_536):
        pass


def _drip(connection: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 50:
        connection.sendall(bytes([byte]))
        time.sleep(0.2)


def _say(head: str) -> Answer:
    return lambda connection: connection.sendall(head.encode())


_ELSEWHERE = "HTTP/1.1 307 Moved\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n"

KINDS: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "down": _down,
    "silent": lambda: listening(_stay_silent),
    "dripping": lambda: listening(_drip),
    "400": lambda: listening(_say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
    "redirect": lambda: listening(_say(_ELSEWHERE)),
    "garbage": lambda: listening(_say("220 mail.example.invalid ESMTP ready\r\n\r\n")),
}
"""What can be wrong with a gateway: each opens one and yields its URL."""
