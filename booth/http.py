"""HTTP within wall-clock limits: what the upstream, the Pushgateway and control share.

Timeouts of sockets start anew with every byte they read; here sockets are handed over, so that a
deadline can shut them down. Whoever need not send imports this late: requests takes its time.
"""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, TypeVar

import requests
from msgspec import Struct
from msgspec.structs import replace
from requests.adapters import HTTPAdapter
from urllib3 import exceptions as urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

T = TypeVar("T")
CHUNK = 64 * 1024
LAST_WORDS = 0.5
"""Seconds for a woken thread to end: one that wakes while the interpreter ends aborts it."""


class DeadlineExceeded(Exception):
    """The call was still going when its time was up."""


# While a body streams, urllib3's errors come as they are; until then requests wraps most of them.
TLS_FAILURES = (requests.exceptions.SSLError, urllib3.SSLError)
TIMEOUTS = (requests.Timeout, urllib3.ReadTimeoutError)
FAILURES = (urllib3.HTTPError, OSError, ValueError)
"""All that ``send`` raises but DeadlineExceeded; requests' own errors are OSErrors."""


class Response(Struct, frozen=True, kw_only=True):
    """An answer; its ``headers`` are found in any case, its ``body`` is not decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def is_encoded(self) -> bool:
        """Whether the body is compressed, though nobody asked for that."""
        return self.headers.get("Content-Encoding", "").lower() not in {"", "identity"}

    @property
    def retry_after(self) -> float | None:
        """The seconds after which the server wants to be asked again."""
        return read_retry_after(self.headers.get("Retry-After", ""))


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

    The call runs in a daemon thread. When time is up, ``on_timeout`` is called (to end its sockets)
    and ``DeadlineExceeded`` is raised; a thread that goes on even then keeps nobody waiting.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:
            outcome.set_exception(error)

    thread = threading.Thread(target=run, name="deadline", daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome.done():
        if on_timeout is not None:
            on_timeout()
            thread.join(LAST_WORDS)
        raise DeadlineExceeded
    return outcome.result()


def send(
    method: str,
    url: str,
    *,
    seconds: float,
    timeouts: tuple[float, float] | None = None,
    headers: Iterable[tuple[str, str]] = (),
    credentials: str = "",
    body: bytes | None = None,
    ca_bundle: str = "",
    max_bytes: int = 0,
) -> Response:
    """Return the answer to one request within ``seconds`` of wall-clock time.

    ``timeouts``, for connecting and for each read, are ``seconds`` by default. Of ``headers`` of
    one name the last counts; ``credentials`` (``user:password``) count where none is an
    Authorization. Read are at most ``max_bytes``, of a 200 that is not encoded, and else nothing.
    Raises DeadlineExceeded or one of FAILURES.
    """
    # The auth that does nothing: requests' own is in Latin-1 and goes over any other.
    request = requests.Request(method, url, data=body, auth=lambda it: it).prepare()
    request.url = url  # as it was written: requests resolves dots and rewrites escapes
    request.headers.update({"Accept-Encoding": "identity", "User-Agent": "booth-sync"})
    if credentials:  # in UTF-8 (RFC 7617, 2.1)
        encoded = base64.b64encode(credentials.encode()).decode()
        request.headers["Authorization"] = f"Basic {encoded}"
    request.headers.update(headers)
    sockets = Sockets()

    def exchange() -> Response:
        with _Session(sockets, ca_bundle=ca_bundle) as session:
            limits = timeouts or (seconds, seconds)
            with session.send(request, stream=True, timeout=limits) as answer:
                return _receive(answer, max_bytes=max_bytes)

    try:
        return call_within(seconds, exchange, on_timeout=sockets.shut_down)
    finally:
        sockets.close()


def _receive(answer: requests.Response, *, max_bytes: int) -> Response:
    head = Response(status=answer.status_code, headers=answer.headers)
    if head.status != 200 or head.is_encoded or not max_bytes:
        return head
    body = bytearray()
    for chunk in answer.raw.stream(CHUNK, decode_content=False):
        body += chunk
        if len(body) >= max_bytes:
            break
    return replace(head, body=bytes(body[:max_bytes]))


class _Session(requests.Session):
    """Goes by what it is told alone: not by the environment, a redirect or a cookie."""

    def __init__(self, sockets: Sockets, *, ca_bundle: str) -> None:
        super().__init__()
        self.trust_env = False
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(sockets, ca_bundle=ca_bundle))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Know of none: ``allow_redirects=False`` would still read the body, however long."""


class _Adapter(HTTPAdapter):
    """Hands its sockets over and trusts ``ca_bundle``, or else the system."""

    def __init__(self, sockets: Sockets, *, ca_bundle: str) -> None:
        super().__init__()
        http = partial(HttpPool, register=sockets.add)
        https = partial(HttpsPool, register=sockets.add, ca_certs=ca_bundle or None)
        self.poolmanager.pool_classes_by_scheme = {"http": http, "https": https}  # type: ignore[dict-item]

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Leave the trust to the pool: requests would put certifi's list over the system's."""


# A connection opens its socket in the midst of connecting, and urllib3 has no hook for it. A pool
# hands the keywords that it does not know itself to the class of its connections.
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
