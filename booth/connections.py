"""Connections of urllib3 that hand over their sockets, so that a deadline can shut them down."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class _Registering(HTTPConnection):
    """Hands the socket it opens to ``register``."""

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


class HttpPool(HTTPConnectionPool):
    """A pool whose keyword ``register`` gets each socket it opens."""

    ConnectionCls = _Registering


class HttpsPool(HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _RegisteringTls
