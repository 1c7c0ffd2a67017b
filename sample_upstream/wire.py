"""Writes to the socket itself, since http.server is too polite for most faults."""

import socket
import ssl
import struct
import time
from collections.abc import Iterable
from contextlib import suppress
from email.utils import formatdate

from sample_upstream.pages import Reply, describe_status

_BODILESS = {204, 304}


class Wire:
    """One connection under answer; every call on it ends by its time limit."""

    def __init__(
        self, connection: socket.socket, *, limit: float, keep_alive: bool, with_body: bool = True
    ) -> None:
        self._connection = connection
        self._end_at = time.monotonic() + limit
        self._keep_alive = keep_alive
        self._with_body = with_body

    def send(self, chunk: bytes) -> None:
        """Write all of `chunk`; raises OSError if the client is gone or time is over."""
        left = self._end_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time limit of this answer is over")
        self._connection.settimeout(left)
        self._connection.sendall(chunk)

    def send_head(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Write the status line and the header."""
        self.send(self.make_head(status, headers))

    def make_head(self, status: int, headers: Iterable[tuple[str, str]]) -> bytes:
        """Return the status line and the header, D-Order's standing headers included."""
        lines = [f"HTTP/1.1 {status} {describe_status(status)}"]
        standing = [
            ("Server", "sample-upstream"),
            ("Date", formatdate(usegmt=True)),
            ("X-Frame-Options", "DENY"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Connection", "keep-alive" if self._keep_alive else "close"),
        ]
        lines += [f"{name}: {_put_on_one_line(text)}" for name, text in [*standing, *headers]]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def send_reply(self, reply: Reply) -> None:
        """Write an answer as HTTP wants it."""
        headers = [("Content-Type", reply.content_type), *reply.headers]
        if reply.status not in _BODILESS:
            headers.append(("Content-Length", str(len(reply.body))))
        has_body = self._with_body and reply.status not in _BODILESS
        head = self.make_head(reply.status, headers)
        self.send(head + (reply.body if has_body else b""))

    def stay(self, seconds: float) -> bool:
        """Wait, and return whether the client is still there and time is left.

        What the client sends meanwhile is read and dropped.
        """
        until = time.monotonic() + seconds
        while (left := min(until, self._end_at) - time.monotonic()) > 0:
            self._connection.settimeout(left)
            try:
                if not self._connection.recv(4096):
                    return False
            except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
                continue
            except OSError:
                return False
        return time.monotonic() < self._end_at

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        linger = struct.pack("ii", 1, 0)
        with suppress(OSError):
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._connection.close()


def _put_on_one_line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")
