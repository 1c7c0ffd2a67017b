"""HTTP within wall-clock limits: what the upstream, the Pushgateway and control share.

Timeouts of sockets start anew with every byte they read; here sockets are handed over, so that a
deadline can shut them down.
"""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

T = TypeVar("T")
LAST_WORDS = 0.5
"""Seconds for a woken thread to end: one that wakes while the interpreter ends aborts it."""


class DeadlineExceeded(Exception):
    """The call was still going when its time was up."""


class Sockets:
    """The sockets that a call opens, so that all of them can be ended at once.

    Holds duplicates, because TLS takes a socket's descriptor over and leaves the original empty.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._duplicates: list[socket.socket] = []
        self._is_over = False

    def add(self, opened: socket.socket) -> None:
        """Remember ``opened``. Raises OSError, so that nothing is sent, when all is over."""
        with self._lock:
            if self._is_over:
                opened.close()
                raise OSError("too late")
            self._duplicates.append(opened.dup())

    def shut_down(self) -> None:
        """End every connection: who waits for one of them wakes, and the peer sees it go."""
        with self._lock:
            for duplicate in self._duplicates:
                with suppress(OSError):
                    duplicate.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Forget the sockets; none can be added any more."""
        with self._lock:
            self._is_over = True
            while self._duplicates:
                self._duplicates.pop().close()


def call_within(
    seconds: float, call: Callable[[], T], *, on_timeout: Callable[[], Any] | None = None
) -> T:
    """Return what ``call`` returns or raise what it raises, within ``seconds`` of wall-clock time.

    The call runs in a daemon thread. When time is up, ``on_timeout`` is called (to close the
    sockets the thread waits for) and ``DeadlineExceeded`` is raised; a thread that even then does
    not end is left behind and keeps neither the caller nor the process.
    """
    outcome: list[tuple[T, None] | tuple[None, BaseException]] = []

    def run() -> None:
        try:
            outcome.append((call(), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=run, name="deadline", daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        if on_timeout is not None:
            on_timeout()
            thread.join(LAST_WORDS)
        raise DeadlineExceeded
    value, error = outcome[0]
    if error is not None:
        raise error
    return value  # type: ignore[return-value]


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


def make_basic_auth(credentials: str) -> str:
    """Return the Authorization of ``user:password``, in UTF-8 (RFC 7617, 2.1)."""
    return "Basic " + base64.b64encode(credentials.encode()).decode()


def read_retry_after(value: str) -> float | None:
    """Return the seconds a Retry-After header asks for (RFC 9110, 10.2.3), None if unreadable."""
    if value.isascii() and value.isdigit():
        return float(value[:9])
    moment = read_date(value)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else None


def read_date(value: str) -> datetime | None:
    """Return the instant of a date header (RFC 9110, 5.6.7), None if unreadable."""
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
