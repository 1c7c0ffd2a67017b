"""HTTP GET of the upstream within a wall-clock deadline, a byte cap and a bounded retry."""

from __future__ import annotations

import logging
import random
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from msgspec import Struct
from urllib3 import HTTPHeaderDict
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError, TimeoutError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Timeout

from booth.config.options import SourceOptions
from booth.errors import SourceError
from booth.http import (
    DeadlineExceeded,
    HttpPool,
    HttpsPool,
    Sockets,
    call_within,
    make_basic_auth,
    read_retry_after,
)

logger = logging.getLogger("booth.source")

RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
BACKOFF = 0.5
"""Upper bound in seconds of the first wait between attempts; it doubles with each."""
CHUNK = 64 * 1024


class Answer(Struct, frozen=True):
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
    sockets = Sockets()
    try:
        return call_within(
            limit,
            lambda: _get(options, register=sockets.add),
            on_timeout=sockets.shut_down,
        )
    except DeadlineExceeded:
        message = f"D-Order가 {limit:.0f}초 안에 응답을 마치지 않았습니다."
        raise SourceError(message, code="source_timeout", retryable=True) from None
    except (HTTPError, OSError, ValueError) as error:
        raise _translate(error) from None
    finally:
        sockets.close()


def _get(options: SourceOptions, *, register: Callable[[socket.socket], None]) -> Answer:
    url = options.url
    with open_pool(options, register=register) as pool:
        for _ in range(options.max_redirects + 1):
            response = pool.urlopen(
                "GET",
                _name_target(url),
                headers=_make_headers(options),
                timeout=Timeout(connect=options.connect_timeout, read=options.read_timeout),
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            with closing(response):
                if response.status not in REDIRECTS:
                    return _read(response, options=options)
                url = _follow(response, url, options=options)
    message = "D-Order가 너무 여러 번 리디렉션합니다. BOOTH_SYNC_API_URL을 확인하세요."
    raise SourceError(message, code="source_redirect")


def _name_target(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _make_headers(options: SourceOptions) -> HTTPHeaderDict:
    """Return each header once, however its name is written; the token counts before a header."""
    userinfo = urlsplit(options.url).netloc.rpartition("@")[0]
    headers = HTTPHeaderDict(
        {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "booth-sync",
        }
    )
    if userinfo:
        headers["Authorization"] = make_basic_auth(unquote(userinfo))
    headers.update(options.headers)
    if options.token:
        headers["Authorization"] = f"Bearer {options.token}"
    return headers


def _follow(response: BaseHTTPResponse, url: str, *, options: SourceOptions) -> str:
    try:
        target = urljoin(url, response.headers.get("Location", ""))
        is_same = find_origin(target) == find_origin(options.url)
    except ValueError:  # not a URL
        is_same = False
    if not is_same:
        message = "D-Order가 다른 서버로 리디렉션합니다. BOOTH_SYNC_API_URL을 확인하세요."
        raise SourceError(message, code="source_redirect", upstream_status=response.status)
    return target


def _read(response: BaseHTTPResponse, *, options: SourceOptions) -> Answer:
    status = response.status
    if status != 200:
        raise _refuse(response)
    if response.headers.get("Content-Encoding", "identity").lower() not in {"", "identity"}:
        message = "D-Order가 요청하지 않은 압축으로 응답했습니다."
        raise SourceError(message, code="source_encoding", upstream_status=status)
    body = bytearray()
    for chunk in response.stream(CHUNK, decode_content=False):
        body += chunk
        if len(body) > options.max_bytes:
            message = f"D-Order의 응답이 {options.max_bytes:,}바이트를 넘습니다."
            raise SourceError(message, code="source_too_large", upstream_status=status)
    return Answer(body=bytes(body), http_status=status)


def _refuse(response: BaseHTTPResponse) -> SourceError:
    status = response.status
    return SourceError(
        f"D-Order가 HTTP {status}(으)로 응답했습니다.",
        code=f"source_http_{status}",
        retryable=status in RETRIED_STATUSES,
        retry_after=read_retry_after(response.headers.get("Retry-After", "")),
        upstream_status=status,
    )


def _translate(error: Exception) -> SourceError:
    if isinstance(error, SSLError):
        message = "D-Order의 TLS 인증서를 믿을 수 없습니다. 인증서와 주소를 확인하세요."
        return SourceError(message, code="source_tls")
    # NewConnectionError, for a refused connection or an unknown host, is a timeout in urllib3.
    if isinstance(error, TimeoutError) and not isinstance(error, NewConnectionError):
        message = "D-Order가 제한 시간 안에 응답하지 않습니다."
        return SourceError(message, code="source_timeout", retryable=True)
    message = "D-Order와의 연결에 실패했거나 응답이 끊겼습니다."
    return SourceError(message, code="source_connection", retryable=True)


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
