"""Pools that hand over each socket they open, and take no head that was cut off.

A connection opens its socket in the midst of connecting, and urllib3 has no hook for it. A pool
hands the keywords that it does not know itself to the class of its connections.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable
from typing import Any, BinaryIO

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ProxyError
from urllib3.util.ssl_ import create_urllib3_context, resolve_cert_reqs


class _Lines:
    """The lines of a head, each of which must end: http.client takes a cut head for a whole one."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def readline(self, limit: int) -> bytes:
        line = self.file.readline(limit)
        if len(line) < limit and not line.endswith(b"\n"):
            raise http.client.RemoteDisconnected("the head was cut off")
        return line


class _Response(http.client.HTTPResponse):
    fp: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fp = _Lines(self.fp)

    def begin(self) -> None:
        head = self.fp
        super().begin()
        self.fp = head.file


class _Registering(HTTPConnection):
    """Hands the socket it opens to ``register``."""

    response_class = _Response

    def __init__(
        self, *args: Any, register: Callable[[socket.socket], None], **kwargs: Any
    ) -> None:
        self._register = register
        super().__init__(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        opened = super()._new_conn()
        self._register(opened)
        return opened

    def _tunnel(self) -> None:
        """Raise ProxyError where a proxy gives no tunnel: urllib3 takes that for the host's."""
        try:
            super()._tunnel()
        except (OSError, http.client.HTTPException) as error:
            raise ProxyError("no tunnel", error) from error


class _RegisteringTls(_Registering, HTTPSConnection):
    """The same over TLS."""


class _TlsSocket(ssl.SSLSocket):
    """Closes itself where its peer is gone before the handshake: CPython 3.11's stays open."""

    def getpeername(self) -> Any:
        try:
            return super().getpeername()
        except OSError as error:
            self.close()
            raise ConnectionResetError("reset before the handshake") from error


class HttpPool(HTTPConnectionPool):
    """A pool whose keyword ``register`` gets each socket it opens."""

    ConnectionCls = _Registering


class HttpsPool(HTTPSConnectionPool):
    """The same over TLS, with the context that urllib3 makes by itself, but of sockets of ours."""

    ConnectionCls = _RegisteringTls

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        context = create_urllib3_context(cert_reqs=resolve_cert_reqs(kwargs.get("cert_reqs")))
        context.sslsocket_class = _TlsSocket
        if not any(kwargs.get(name) for name in ("ca_certs", "ca_cert_dir", "ca_cert_data")):
            context.load_default_certs()
        super().__init__(*args, ssl_context=context, **kwargs)
