"""HTTP GET of the upstream within a wall-clock deadline, a byte cap and a bounded retry."""

from __future__ import annotations

import logging
import os
import random
import select
import sys
import time
from functools import partial
from io import FileIO
from typing import TYPE_CHECKING

from msgspec import Struct

from booth.addresses import Address, read_address, read_location
from booth.config.options import SourceOptions
from booth.errors import SourceError

if TYPE_CHECKING:
    from booth.http import Response

logger = logging.getLogger("booth.source")

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504, *range(520, 525)})
"""What may pass by itself; 520 to 524 are a CDN's word for an origin in trouble."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})
CHUNK = 2**20
BACKOFF = 0.5
"""Upper bound in seconds of the first wait between attempts; it doubles with each."""


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
        limit = min(options.attempt_timeout, max(0.0, deadline - time.monotonic()))
        try:
            return _attempt(options, limit=limit)
        except SourceError as error:
            jitter = random.uniform(0, BACKOFF * 2 ** (attempt - 1))  # noqa: S311
            wait = max(jitter, error.retry_after or 0.0)
            is_last = attempt == options.max_attempts
            if is_last or not error.retryable or time.monotonic() + wait >= deadline:
                raise
            text = "부스 데이터 API 호출을 다시 시도합니다 attempt=%d code=%s wait=%.1f"
            logger.warning(text, attempt, error.code, wait)
        time.sleep(wait)
    raise AssertionError("max_attempts is at least 1")


def read_file(path: str, *, max_bytes: int, seconds: float) -> Answer:
    """Return the answer saved in the file at ``path``, ``-`` for standard input.

    A pipe is read too, such as the shell's ``<(…)``, to its end but for no longer than ``seconds``.
    Raises SourceError when it cannot be read, does not end or is longer than ``max_bytes``.
    """
    deadline = time.monotonic() + seconds
    try:
        with _open(path) as file:
            body = bytearray()
            while len(body) <= max_bytes and (chunk := _read_ready(file, deadline=deadline)):
                body += chunk
    except TimeoutError:
        message = f"--from-file이 {seconds:.0f}초 안에 끝나지 않습니다. 쓰는 쪽을 확인하세요."
        raise SourceError(message, code="source_file") from None
    except (OSError, ValueError):
        message = "--from-file의 파일을 읽을 수 없습니다. 경로와 권한을 확인하세요."
        raise SourceError(message, code="source_file") from None
    if len(body) > max_bytes:
        message = f"--from-file의 파일이 {max_bytes:,}바이트를 넘습니다. 부스 목록인지 확인하세요."
        raise SourceError(message, code="source_too_large")
    return Answer(body=bytes(body))


def _open(path: str) -> FileIO:
    if path != "-":
        # Not blocking: so a pipe is open before somebody writes, and is waited for with a limit.
        return FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY))
    if sys.stdin is None:  # closed from the start: its number may be another file's by now
        raise OSError
    return FileIO(sys.stdin.fileno(), closefd=False)


def _read_ready(file: FileIO, *, deadline: float) -> bytes:
    """Return what ``file`` holds next, empty at its end. Raises TimeoutError, OSError."""
    while True:
        ready, _, _ = select.select([file], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        if (chunk := file.read(CHUNK)) is not None:  # None: somebody else was faster
            return chunk


def _attempt(options: SourceOptions, *, limit: float) -> Answer:
    """Return what comes of the last redirect within the origin, in ``limit`` seconds in all."""
    deadline = time.monotonic() + limit
    first = address = read_address(options.url)
    for _ in range(options.max_redirects + 1):
        seconds = max(0.0, deadline - time.monotonic())
        response = _ask(address, options=options, credentials=first.credentials, seconds=seconds)
        if response.status not in REDIRECTS:
            return _judge(response, options=options)
        address = _follow(response, address, options=options)
    message = f"{_name(options)}가 너무 여러 번 리디렉션합니다. BOOTH_SYNC_API_URL을 확인하세요."
    raise SourceError(message, code="source_redirect")


def _ask(address: Address, *, options: SourceOptions, credentials: str, seconds: float) -> Response:
    from booth import http  # not at the top: a run from a file need not wait for its import

    token = [("Authorization", f"Bearer {options.token}")] if options.token else []
    try:
        return http.send(
            "GET",
            address.url,
            seconds=seconds,
            timeouts=(options.connect_timeout, options.read_timeout),
            headers=[("Accept", "application/json"), *options.headers, *token],
            credentials=credentials,
            ca_bundle=options.ca_bundle,
            proxy=options.proxy,
            max_bytes=options.max_bytes + 1,
        )
    except http.RequestFailed as failure:
        message = failure.describe(_name(options), setting="BOOTH_SYNC_API_URL")
        make = _FAILURES[failure.family]
        raise make(message, retryable=failure.retryable) from None


_FAILURES = {
    "timeout": partial(SourceError, code="source_timeout"),
    "connection": partial(SourceError, code="source_connection"),
    "tls": partial(SourceError, code="source_tls"),
    "no_tls": partial(SourceError, code="source_no_tls"),
    "tls_protocol": partial(SourceError, code="source_tls_protocol"),
    "tls_cipher": partial(SourceError, code="source_tls_cipher"),
    "proxy": partial(SourceError, code="source_proxy"),
}


def _follow(response: Response, address: Address, *, options: SourceOptions) -> Address:
    try:
        target = read_location(response.headers.get("Location", ""), base=address)
        is_same = target.origin == address.origin
    except ValueError:  # not an address
        is_same = False
    if not is_same:
        message = f"{_name(options)}가 다른 서버로 리디렉션합니다. BOOTH_SYNC_API_URL을 확인하세요."
        raise SourceError(message, code="source_redirect", upstream_status=response.status)
    return target


def _name(options: SourceOptions) -> str:
    return f"D-Order({options.public_url})"


def _judge(response: Response, *, options: SourceOptions) -> Answer:
    """Return a sound answer. Raises SourceError for any other."""
    status = response.status
    if status != 200:
        is_forwarded = options.proxy and options.public_url.startswith("http:")
        other = " BOOTH_SYNC_PROXY의 프록시가 한 응답일 수도 있습니다." if is_forwarded else ""
        raise SourceError(
            f"{_name(options)}의 응답이 HTTP {status}입니다.{other} {_advise(status)}",
            code=f"source_http_{status}",
            retryable=status in RETRIED_STATUSES,
            retry_after=response.retry_after,
            upstream_status=status,
        )
    if response.is_encoded:
        message = (
            f"{_name(options)}가 요청하지 않은 압축으로 응답했습니다. "
            "사이에 있는 프록시와 BOOTH_SYNC_API_HEADERS의 Accept-Encoding을 확인하세요."
        )
        raise SourceError(message, code="source_encoding", upstream_status=status)
    if len(response.body) > options.max_bytes:
        message = (
            f"{_name(options)}의 응답이 {options.max_bytes:,}바이트를 넘습니다. "
            "BOOTH_SYNC_API_URL이 부스 목록의 주소인지 확인하세요."
        )
        raise SourceError(message, code="source_too_large", upstream_status=status)
    return Answer(body=response.body, http_status=status)


def _advise(status: int) -> str:
    """Return what to do next about a status other than 200."""
    if status in {401, 403}:
        return "BOOTH_SYNC_API_TOKEN과 BOOTH_SYNC_API_HEADERS를 확인하세요."
    if status in {404, 410}:
        return "BOOTH_SYNC_API_URL의 경로를 끝의 /까지 확인하세요."
    if status == 429:
        return "다음 실행이 다시 시도합니다. 계속되면 예약 실행의 간격을 늘리세요."
    if status in RETRIED_STATUSES or status >= 500:
        return "다음 실행이 다시 시도합니다. 계속되면 D-Order 담당자에게 알리세요."
    return "BOOTH_SYNC_API_URL과 BOOTH_SYNC_API_HEADERS를 확인하세요."
