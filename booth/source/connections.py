"""Connections to the upstream that a deadline can shut down."""

from __future__ import annotations

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from urllib3.connectionpool import HTTPConnectionPool

from booth.connections import HttpPool, HttpsPool
from booth.options import SourceOptions


def open_pool(
    options: SourceOptions, *, register: Callable[[socket.socket], None]
) -> HTTPConnectionPool:
    """Return a pool of connections to the upstream; ``register`` gets each socket it opens."""
    scheme, host, port = find_origin(options.url)
    if scheme == "https":
        ca_certs = options.ca_bundle or None
        return HttpsPool(host or "", port, ca_certs=ca_certs, register=register)
    return HttpPool(host or "", port, register=register)


def find_origin(url: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port of ``url``. Raises ValueError."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port
