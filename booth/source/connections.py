"""Connections to the upstream that a deadline can shut down."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from booth.options import SourceOptions


def open_pool(
    options: SourceOptions, *, register: Callable[[socket.socket], None]
) -> HTTPConnectionPool:
    """Return a pool of connections to the upstream; ``register`` gets each socket it opens."""
    scheme, host, port = find_origin(options.url)
    if scheme == "https":
        ca_certs = options.ca_bundle or None
        return _HttpsPool(host or "", port, ca_certs=ca_certs, register=register)
    return _HttpPool(host or "", port, register=register)


def find_origin(url: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port of ``url``. Raises ValueError."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


class _Registering(HTTPConnection):
    """Hands the socket it opens to ``register``, so that a deadline can shut it down."""

    def __init__(
        self, *args: Any, register: Callable[[socket.socket], None], **kwargs: Any
    ) -> None:
        self._register = register
        super().__init__(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        opened = super()._new_conn()
        self._register(opened)
        return opened


class _RegisteringTls(_Registering, HTTPSConnection):
    """The same over TLS."""


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Registering


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _RegisteringTls
