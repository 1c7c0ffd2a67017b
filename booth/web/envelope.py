"""The envelope of every answer below ``/booths/``, and the sentence of each failure.

``{"statusCode", "message", "data"}``, as D-Order and the predecessor have it; the body's status is
that of HTTP. A failure has its name for programs in ``data.code``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpResponse

from booth.config.masking import redact
from booth.errors import (
    BUG,
    BoothSyncError,
    FeedError,
    SourceError,
    SyncInProgress,
    SyncTooSoon,
    UsageError,
)

JSON = "application/json"
MAX_BODY = 16 * 1024
READING = ("GET", "HEAD")
"""The methods of what changes nothing."""


class Failure(msgspec.Struct, frozen=True):
    """What went wrong with a request: the HTTP status, and a sentence that says what to do."""

    status: int
    message: str


FAILURES = {
    "bad_request": Failure(400, "요청을 읽을 수 없습니다. 주소와 머리글을 확인하세요."),
    "bad_host": Failure(400, "이 호스트 이름으로는 응답하지 않습니다. 주소를 확인하세요."),
    "parse_error": Failure(400, "본문이 올바른 JSON 객체가 아닙니다. 고쳐서 다시 보내세요."),
    "invalid": Failure(400, "모르는 값이 있습니다. 이름과 값의 종류를 확인하세요."),
    "not_authenticated": Failure(
        401, "로그인이 필요합니다. 로그인하거나 Authorization 머리글에 토큰을 넣으세요."
    ),
    "authentication_failed": Failure(
        401, "토큰이 틀렸거나 만료되었거나 폐기되었습니다. 새 토큰을 받으세요."
    ),
    "permission_denied": Failure(403, "이 계정에는 권한이 없습니다. 관리자에게 요청하세요."),
    "csrf_failed": Failure(
        403, "CSRF 토큰이 없거나 맞지 않습니다. 페이지를 새로 고치고 다시 시도하세요."
    ),
    "address_denied": Failure(
        403, "이 주소에서는 쓸 수 없습니다. 허용된 네트워크에서 접속하거나 관리자에게 요청하세요."
    ),
    "not_found": Failure(404, "그런 주소가 없습니다. 끝의 /까지 확인하세요."),
    "method_not_allowed": Failure(
        405, "이 주소는 그 메서드를 받지 않습니다. Allow 머리글에 있는 것을 쓰세요."
    ),
    "not_acceptable": Failure(406, "JSON으로만 응답합니다. Accept에 application/json을 넣으세요."),
    "too_large": Failure(413, f"본문이 {MAX_BODY // 1024} KiB를 넘습니다. 줄여서 보내세요."),
    "unsupported_media_type": Failure(
        415, "본문은 JSON이어야 합니다. Content-Type을 application/json으로 하세요."
    ),
    "internal": Failure(500, BUG),
}
"""Failures of the request itself, by their code."""

STATUSES: tuple[tuple[type[BoothSyncError], int], ...] = (
    (UsageError, 400),
    (SyncInProgress, 409),
    (SyncTooSoon, 429),
    (FeedError, 502),
    (SourceError, 502),
)
"""The HTTP status of an error by its kind; of all others it is 503: this server cannot serve."""
UNAVAILABLE = 503


def wrap(status: int, message: str, data: Any) -> dict[str, Any]:
    """Return the document of an answer."""
    return {"statusCode": status, "message": message, "data": data}


def encode(document: Any) -> bytes:
    """Return a document as it is sent: JSON without secrets."""
    return msgspec.json.encode(redact(document))


def describe_failure(code: str) -> dict[str, Any]:
    """Return the answer for a request that failed by itself."""
    failure = FAILURES[code]
    return wrap(failure.status, failure.message, {"code": code})


def describe_refusal(error: BoothSyncError, **more: Any) -> dict[str, Any]:
    """Return the answer for what booth sync could not do, with more data beside its code."""
    status = next((code for kind, code in STATUSES if isinstance(error, kind)), UNAVAILABLE)
    return wrap(status, " ".join(error.message.split()), {"code": error.code, **more})


def find_retry(error: Exception) -> dict[str, str]:
    """Return the headers that tell when to ask again, if an error knows."""
    wait = getattr(error, "retry_after", None)
    return {} if wait is None else {"Retry-After": f"{wait:.0f}"}


def respond(document: Mapping[str, Any], **headers: str) -> HttpResponse:
    """Return an answer that no REST framework makes."""
    content = encode(document)
    response = HttpResponse(content, status=document["statusCode"], content_type=JSON)
    for name, value in headers.items():
        response[name] = value
    return response


def refuse_method(*taken: str) -> HttpResponse:
    """Return the refusal of a method; ``taken`` are those that are not refused."""
    return respond(describe_failure("method_not_allowed"), Allow=", ".join(taken))
