"""The server: takes connections, records requests, picks the answer."""

import hmac
import logging
import re
import socket
import socketserver
import ssl
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from sample_upstream.faults import BadQuery, Call, find_fault, read_number
from sample_upstream.pages import Reply, redirect, refuse, reply_json, reply_page
from sample_upstream.state import RecordedRequest, State
from sample_upstream.wire import Wire
from sample_upstream.world import API_PATH, encode_json

FAULT_PREFIX = "/_fault/"
_CONTROL_PATHS = {"/_tick", "/_world"}
_DEFAULT_LIMIT = 120.0
_LONGEST_LINE = 65_537

logger = logging.getLogger(__name__)


class Server(ThreadingHTTPServer):
    """One daemon thread per connection; closing hangs up on all of them."""

    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        *,
        state: State,
        token: str | None,
        tls_context: ssl.SSLContext | None,
    ) -> None:
        self.state = state
        self.token = token
        self._tls_context = tls_context
        self._open = threading.Condition()
        self._connections: set[socket.socket] = set()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, Exchange)

    def server_bind(self) -> None:
        """Bind without the reverse lookup of http.server, which may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; the TLS handshake is left to its thread."""
        connection, address = super().get_request()
        if self._tls_context is not None:
            connection = self._tls_context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        with self._open:
            self._connections.add(connection)
        return connection, address

    def close_request(self, request: Any) -> None:
        """Close a connection and strike it off the list."""
        super().close_request(request)
        with self._open:
            self._connections.discard(request)
            self._open.notify_all()

    def hang_up(self) -> None:
        """End every open connection and wait, half a second at most, for its thread."""
        with self._open:
            for connection in self._connections:
                with suppress(OSError):
                    # The plain call: the one of SSLSocket would pull TLS from under a reader.
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
            self._open.wait_for(lambda: not self._connections, timeout=0.5)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Take a client that went away for granted; log the traceback of anything else."""
        if isinstance(sys.exception(), OSError):
            logger.debug("connection ended early client=%s", client_address)
        else:
            logger.exception("request failed client=%s", client_address)


class Exchange(BaseHTTPRequestHandler):
    """The requests and answers of one connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _DEFAULT_LIMIT

    def setup(self) -> None:
        """Shake hands where TLS is spoken."""
        if isinstance(self.request, ssl.SSLSocket):
            self.request.settimeout(10)
            self.request.do_handshake()
        super().setup()

    def handle_one_request(self) -> None:
        """Read one request, whatever its method, and answer it."""
        self.close_connection = True
        self.connection.settimeout(self.timeout)
        self.raw_requestline = self.rfile.readline(_LONGEST_LINE)
        if not self.raw_requestline.endswith(b"\n") or not self.parse_request():
            return
        self._skip_body()
        path, _, query_text = self.path.partition("?")
        if path not in _CONTROL_PATHS:
            self._record(path, query_text)
        query = dict(parse_qsl(query_text, keep_blank_values=True))
        self._answer(path, query_text, query)

    def log_message(self, format: str, *args: object) -> None:
        """Log at DEBUG instead of writing to stderr."""
        logger.debug(format, *args)

    def _answer(self, path: str, query_text: str, query: dict[str, str]) -> None:
        if path.startswith(FAULT_PREFIX):
            self.close_connection = True
        try:
            limit = read_number(query, "limit", default=_DEFAULT_LIMIT)
            wire = self._open_wire(limit)
            reply = self._route(wire, path, query_text, query)
        except BadQuery:
            wire = self._open_wire(_DEFAULT_LIMIT)
            reply = reply_page(400)
        if reply is not None:
            wire.send_reply(reply)

    def _open_wire(self, limit: float) -> Wire:
        return Wire(
            self.connection,
            limit=limit,
            keep_alive=not self.close_connection,
            with_body=self.command != "HEAD",
        )

    def _route(self, wire: Wire, path: str, query_text: str, query: dict[str, str]) -> Reply | None:
        if path == "/_tick":
            return self._tick()
        if path == "/_world":
            return reply_json(self.server.state.world.as_json())
        if path == API_PATH[:-1]:
            return redirect(API_PATH + (f"?{query_text}" if query_text else ""), status=301)
        if not path.endswith(API_PATH):
            return reply_page(404)
        if refusal := self._check_request():
            return refusal
        if path == API_PATH:
            return reply_json(self.server.state.make_body())
        return self._misbehave(wire, path, query)

    def _misbehave(self, wire: Wire, path: str, query: dict[str, str]) -> Reply | None:
        name = path.removeprefix(FAULT_PREFIX).removesuffix(API_PATH)
        found = find_fault(name) if path == FAULT_PREFIX + name + API_PATH else None
        if found is None:
            return reply_page(404)
        function, parts = found
        call = Call(wire=wire, state=self.server.state, path=self.path, query=query, parts=parts)
        return function(call)

    def _tick(self) -> Reply:
        if self.command != "POST":
            return refuse(f'Method "{self.command}" not allowed.', status=405)
        return reply_json(encode_json(self.server.state.tick().as_item()))

    def _check_request(self) -> Reply | None:
        """Return the refusal of a wrong method or token, or None."""
        if self.command not in {"GET", "HEAD"}:
            return refuse(f'Method "{self.command}" not allowed.', status=405)
        if self.server.token is None:
            return None
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        expected = self.server.token.encode()
        if scheme in {"Bearer", "Token"} and hmac.compare_digest(token.encode(), expected):
            return None
        return refuse(
            "Authentication credentials were not provided.",
            status=401,
            headers=(("WWW-Authenticate", "Bearer"),),
        )

    def _record(self, path: str, query_text: str) -> None:
        request = RecordedRequest(
            method=self.command,
            path=path,
            query=query_text,
            headers=tuple(self.headers.items()),
            received_at=time.monotonic(),
        )
        self.server.state.record(request)

    def _skip_body(self) -> None:
        """Read a request body of known, sane length; a connection with any other is closed."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not re.fullmatch(r"[0-9]{1,6}", length):
            self.close_connection = True
        else:
            self.rfile.read(int(length))
