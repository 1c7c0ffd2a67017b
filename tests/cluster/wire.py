"""HTTP/1.1 on a socket, low enough to do it wrong on purpose."""

import http
import http.client
import io
import socket
import struct
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

HEAD_END = b"\r\n\r\n"
HEAD_LIMIT = 64 * 1024
HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding"}
DRIP_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it came; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer with its whole body."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def head(self) -> bytes:
        """Return the status line and the headers, with the length of the whole body."""
        fields = {**self.headers, "Content-Length": str(len(self.body))}
        lines = [f"HTTP/1.1 {self.status} {http.HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        return "\r\n".join(lines).encode() + HEAD_END


class Wire:
    """One accepted connection; every wait on it ends when the proxy closes."""

    def __init__(self, connection: socket.socket, *, closing: threading.Event) -> None:
        self.connection = connection
        self._closing = closing
        self._received = b""

    def read_request(self) -> Request | None:
        """Return the next request, or None when the client has gone."""
        head = self._read_head()
        if head is None:
            return None
        line, _, fields = head.partition(b"\r\n")
        method, path, _ = line.decode("latin-1").split(" ")
        parsed = http.client.parse_headers(io.BytesIO(fields + HEAD_END))
        headers = {name.lower(): value for name, value in parsed.items()}
        length = int(headers.get("content-length", 0))
        return Request(method=method, path=path, headers=headers, body=self._read_exactly(length))

    def send(self, content: bytes) -> None:
        """Send everything."""
        self.connection.sendall(content)

    def drip(self, chunks: Iterable[bytes]) -> None:
        """Send chunks with a pause after each, as long as somebody listens."""
        for chunk in chunks:
            self.send(chunk)
            if self._closing.wait(DRIP_SECONDS):
                return

    def hang(self) -> None:
        """Say nothing more."""
        self._closing.wait()

    def reset(self) -> None:
        """Make the close that follows a TCP reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self) -> None:
        """Close the connection, also while another thread waits on it."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()

    def _read_head(self) -> bytes | None:
        while HEAD_END not in self._received:
            if len(self._received) > HEAD_LIMIT or not self._receive():
                return None
        head, _, self._received = self._received.partition(HEAD_END)
        return head

    def _read_exactly(self, length: int) -> bytes:
        while len(self._received) < length:
            if not self._receive():
                raise ConnectionError("the client left within its request")
        content, self._received = self._received[:length], self._received[length:]
        return content

    def _receive(self) -> bool:
        received = self.connection.recv(HEAD_LIMIT)
        self._received += received
        return bool(received)
