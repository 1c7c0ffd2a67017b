"""HTTP GET of the upstream within a wall-clock deadline, a byte cap and a bounded retry."""

from __future__ import annotations

import logging
import random
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from booth.deadline import DeadlineExceeded, call_within
from booth.errors import SourceError
from booth.options import SourceOptions

logger = logging.getLogger("booth.source")

RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
BACKOFF = 0.5
"""Upper bound in seconds of the first wait between attempts; it doubles with each."""
CHUNK = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """The upstream's answer: the decoded body and the HTTP status, None without HTTP."""

    body: bytes
    http_status: int | None = None


def fetch(options: SourceOptions) -> Answer:
    """Return the upstream's answer within ``options.fetch_timeout`` seconds of wall-clock time.

    Transient faults are tried again with full jitter, waiting at least as long as a Retry-After
    asks for. Raises SourceError.
    """
    deadline = time.monotonic() + options.fetch_timeout
    for attempt in range(1, options.max_attempts + 1):
        try:
            return _attempt(options, limit=_time_for_attempt(options, deadline=deadline))
        except SourceError as error:
            wait = _choose_wait(error, attempt=attempt)
            is_last = attempt == options.max_attempts
            if is_last or not error.retryable or time.monotonic() + wait >= deadline:
                raise
            logger.warning(
                "부스 데이터 API 호출을 다시 시도합니다 attempt=%d code=%s wait=%.1f",
                attempt,
                error.code,
                wait,
            )
        time.sleep(wait)
    raise AssertionError("max_attempts is at least 1")


def read_file(path: str, *, max_bytes: int) -> Answer:
    """Return the answer saved in the file at ``path``, ``-`` for standard input.

    Raises SourceError when it cannot be read or is longer than ``max_bytes``.
    """
    try:
        with sys.stdin.buffer if path == "-" else Path(path).open("rb") as file:
            body = file.read(max_bytes + 1)
    except OSError:
        message = "--from-file의 파일을 읽을 수 없습니다. 경로와 권한을 확인하세요."
        raise SourceError(message, code="source_file") from None
    if len(body) > max_bytes:
        message = f"--from-file의 파일이 {max_bytes:,}바이트를 넘습니다."
        raise SourceError(message, code="source_too_large")
    return Answer(body=body)


def _time_for_attempt(options: SourceOptions, *, deadline: float) -> float:
    return min(options.attempt_timeout, max(0.0, deadline - time.monotonic()))


def _choose_wait(error: SourceError, *, attempt: int) -> float:
    jitter = random.uniform(0, BACKOFF * 2 ** (attempt - 1))  # noqa: S311
    return max(jitter, error.retry_after or 0.0)


def _attempt(options: SourceOptions, *, limit: float) -> Answer:
    sockets: list[socket.socket] = []
    try:
        return call_within(
            limit,
            lambda: _get(options, register=sockets.append),
            on_timeout=lambda: _shut_down(sockets),
        )
    except DeadlineExceeded:
        message = f"D-Order가 {limit:.0f}초 안에 응답을 마치지 않았습니다."
        raise SourceError(message, code="source_timeout", retryable=True) from None
    except requests.RequestException as error:
        raise _translate(error) from None
    except (urllib3.exceptions.HTTPError, OSError, ValueError):
        raise _unreachable() from None


def _get(options: SourceOptions, *, register: Callable[[socket.socket], None]) -> Answer:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = options.ca_bundle or True
        adapter = _Adapter(register)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        url = options.url
        for _ in range(options.max_redirects + 1):
            with session.get(url, **_arguments(options)) as response:
                if response.status_code not in REDIRECTS:
                    return _read(response, options=options)
                url = _follow(response, options=options)
    message = "D-Order가 주소를 너무 여러 번 옮깁니다. BOOTH_SYNC_API_URL을 확인하세요."
    raise SourceError(message, code="source_redirect")


def _arguments(options: SourceOptions) -> dict[str, Any]:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    headers["User-Agent"] = "booth-sync"
    headers |= dict(options.headers)
    if options.token:
        headers["Authorization"] = f"Bearer {options.token}"
    return {
        "headers": headers,
        "timeout": (options.connect_timeout, options.read_timeout),
        "allow_redirects": False,
        "stream": True,
    }


def _follow(response: requests.Response, *, options: SourceOptions) -> str:
    target = urljoin(response.url, response.headers.get("Location", ""))
    if _origin(target) != _origin(options.url):
        message = "D-Order가 다른 서버로 옮기라고 합니다. BOOTH_SYNC_API_URL을 확인하세요."
        raise SourceError(message, code="source_redirect", http_status=response.status_code)
    return target


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def _read(response: requests.Response, *, options: SourceOptions) -> Answer:
    status = response.status_code
    if status != 200:
        raise _refuse(response)
    if response.headers.get("Content-Encoding", "identity").lower() not in {"", "identity"}:
        message = "D-Order가 요청하지 않은 압축으로 응답했습니다."
        raise SourceError(message, code="source_encoding", http_status=status)
    body = bytearray()
    for chunk in _iterate_chunks(response):
        body += chunk
        if len(body) > options.max_bytes:
            message = f"D-Order의 응답이 {options.max_bytes:,}바이트를 넘습니다."
            raise SourceError(message, code="source_too_large", http_status=status)
    return Answer(body=bytes(body), http_status=status)


def _iterate_chunks(response: requests.Response) -> Iterator[bytes]:
    yield from response.raw.stream(CHUNK, decode_content=False)


def _refuse(response: requests.Response) -> SourceError:
    status = response.status_code
    return SourceError(
        f"D-Order가 HTTP {status}(으)로 응답했습니다.",
        code=f"source_http_{status}",
        retryable=status in RETRIED_STATUSES,
        retry_after=read_retry_after(response.headers.get("Retry-After", "")),
        http_status=status,
    )


def read_retry_after(value: str) -> float | None:
    """Return the seconds a Retry-After header asks for (RFC 9110, 10.2.3), None if unreadable."""
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _translate(error: requests.RequestException) -> SourceError:
    if isinstance(error, requests.exceptions.SSLError):
        message = "D-Order의 TLS 인증서를 믿을 수 없습니다. 인증서와 주소를 확인하세요."
        return SourceError(message, code="source_tls")
    if isinstance(error, requests.Timeout):
        message = "D-Order가 제한 시간 안에 응답하지 않습니다."
        return SourceError(message, code="source_timeout", retryable=True)
    return _unreachable()


def _unreachable() -> SourceError:
    message = "D-Order와의 연결에 실패했거나 응답이 끊겼습니다."
    return SourceError(message, code="source_connection", retryable=True)


def _shut_down(sockets: list[socket.socket]) -> None:
    for connected in sockets:
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """Hands every socket it opens to ``register``, so that a deadline can shut it down."""

    def __init__(self, register: Callable[[socket.socket], None]) -> None:
        self._register = register
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Build the pools of requests with connections that report their socket."""
        super().init_poolmanager(*args, **kwargs)
        register = self._register

        class Http(urllib3.connection.HTTPConnection):
            def _new_conn(self) -> socket.socket:
                opened = super()._new_conn()
                register(opened)
                return opened

        class Https(urllib3.connection.HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                opened = super()._new_conn()
                register(opened)
                return opened

        class HttpPool(urllib3.HTTPConnectionPool):
            ConnectionCls = Http

        class HttpsPool(urllib3.HTTPSConnectionPool):
            ConnectionCls = Https

        self.poolmanager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}
