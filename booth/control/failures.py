"""The one place where whatever goes wrong with the Kubernetes API becomes a ControlError."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http.client import BadStatusLine
from typing import Any

from urllib3 import exceptions as urllib3

from booth.errors import ControlError
from booth.http import DeadlineExceeded, read_retry_after

SENTENCES = {
    "no_client": (
        "Kubernetes 클라이언트가 설치되어 있지 않습니다. "
        "Python 패키지 kubernetes(36.0.3 이상)를 설치하세요."
    ),
    "no_credentials": (
        "Kubernetes에 접속할 자격 증명이 없습니다. 클러스터 안에서는 operator ServiceAccount로 "
        "실행하고, 밖에서는 KUBECONFIG에 kubeconfig 파일을 지정하세요."
    ),
    "no_identity_in_time": (
        "Kubernetes에 접속할 자격 증명을 제한 시간 안에 얻지 못했습니다. "
        "kubeconfig가 부르는 인증 프로그램을 직접 실행해 보고 다시 시도하세요."
    ),
    "no_socks": (
        "SOCKS 프록시로 Kubernetes에 접속하는 데 필요한 Python 패키지 PySocks가 없습니다. "
        "설치하거나, HTTPS_PROXY 또는 kubeconfig의 proxy-url에 HTTP 프록시를 지정하세요."
    ),
    "unreachable": (
        "Kubernetes API 서버에 연결할 수 없습니다. 서버 주소와 네트워크를 확인하고 다시 시도하세요."
    ),
    "dropped": (
        "Kubernetes API 서버가 응답하다 말고 연결을 끊었습니다. "
        "다시 시도하고, 계속되면 클러스터 관리자에게 알리세요."
    ),
    "timeout": (
        "Kubernetes API 서버가 제한 시간 안에 응답하지 않습니다. "
        "다시 시도하고, 계속되면 클러스터 관리자에게 알리세요."
    ),
    "tls": (
        "Kubernetes API 서버의 TLS 인증서를 믿을 수 없습니다. "
        "kubeconfig의 CA와 서버 주소, 이 컴퓨터의 시계를 확인하세요."
    ),
    "unauthorized": (
        "Kubernetes API 서버가 자격 증명을 받아들이지 않습니다(만료되었거나 철회됨). "
        "새 토큰이나 새 kubeconfig로 다시 시도하세요."
    ),
    "forbidden": (
        "{cronjob}을(를) {deed} 권한이 없습니다. "
        "이름이 맞는지, 이 계정의 Role에 get과 patch가 있는지 확인하세요."
    ),
    "not_found": (
        "{cronjob}이(가) 없습니다. BOOTH_SYNC_CRONJOBS와 BOOTH_SYNC_NAMESPACE를 확인하세요."
    ),
    "conflict": "{cronjob}이(가) 동시에 다른 곳에서 바뀌었습니다. 잠시 뒤 다시 시도하세요.",
    "unsupported": (
        "Kubernetes API 서버가 변경 요청의 형식(merge patch)을 받지 않습니다. "
        "중간에 있는 프록시를 확인하세요."
    ),
    "invalid": (
        "Kubernetes API 서버가 {cronjob}에 대한 요청을 거부했습니다(HTTP {status}). "
        "'kubectl describe cronjob'으로 CronJob을 확인하세요."
    ),
    "throttled": "Kubernetes API 서버가 바빠서 요청을 미룹니다(HTTP 429). 잠시 뒤 다시 시도하세요.",
    "server_error": (
        "Kubernetes API 서버에 오류가 났습니다(HTTP {status}). "
        "잠시 뒤 다시 시도하고, 계속되면 클러스터 관리자에게 알리세요."
    ),
    "unavailable": (
        "Kubernetes API 서버를 지금 쓸 수 없습니다(HTTP {status}). 잠시 뒤 다시 시도하세요."
    ),
    "bad_answer": (
        "Kubernetes API가 아닌 응답을 받았습니다. "
        "서버 주소와 중간에 있는 프록시(로그인 페이지 등)를 확인하세요."
    ),
    "not_applied": (
        "Kubernetes API 서버의 응답에 {cronjob}의 변경이 보이지 않습니다. "
        "'booth_sync status'로 상태를 확인하고 다시 시도하세요."
    ),
    "raced": (
        "다른 사람이 동시에 예약 실행을 켜거나 끄고 있습니다. "
        "'booth_sync status'로 상태를 확인하고 다시 시도하세요."
    ),
    "differing": "CronJob마다 상태가 다릅니다({difference}). start나 stop을 다시 실행해 맞추세요.",
}
"""Every reason with the sentence that says what to do."""

RETRYABLE = frozenset(
    {"dropped", "conflict", "throttled", "server_error", "unavailable", "unreachable"}
)
DEEDS = {"get": "읽을", "patch": "바꿀"}


class BadAnswer(ValueError):
    """The answer is not what a Kubernetes API server says."""


class NotApplied(Exception):
    """The answer to a patch shows the CronJob unchanged."""


REASONS: dict[int | type | tuple[type, type], str] = {
    # what the server answered
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    415: "unsupported",
    429: "throttled",
    **dict.fromkeys((502, 503, 504), "unavailable"),
    # any other status, by its hundreds
    **dict.fromkeys((1, 2, 3), "bad_answer"),
    4: "invalid",
    **dict.fromkeys(range(5, 10), "server_error"),
    # what happened below HTTP: a peer that just leaves looks within TLS like an error of TLS
    (urllib3.SSLError, ssl.SSLEOFError): "dropped",
    (urllib3.SSLError, ssl.SSLZeroReturnError): "dropped",
    urllib3.SSLError: "tls",
    urllib3.NewConnectionError: "unreachable",  # a timeout in urllib3's tree
    urllib3.ProxyError: "unreachable",
    urllib3.LocationValueError: "unreachable",
    OverflowError: "unreachable",  # a port that there cannot be
    DeadlineExceeded: "timeout",
    urllib3.TimeoutError: "timeout",
    TimeoutError: "timeout",
    NotApplied: "not_applied",
    BadAnswer: "bad_answer",
    (urllib3.ProtocolError, BadStatusLine): "bad_answer",
    urllib3.HTTPError: "dropped",
    OSError: "dropped",
    ValueError: "no_credentials",  # such as no header can hold
}
"""The reason of whatever a request may raise; of an error's classes the most special counts."""


def make_error(
    reason: str, *, status: int = 0, retry_after: float | None = None, **names: str
) -> ControlError:
    """Return the error of that name; ``names`` fill its sentence."""
    sentence = SENTENCES[reason].format(status=status, **names)
    is_retryable = reason in RETRYABLE
    return ControlError(sentence, reason=reason, retryable=is_retryable, retry_after=retry_after)


def name_failure(error: Exception, *, verb: str, name: str, namespace: str) -> ControlError:
    """Return the ControlError for whatever a request to the API server raised.

    Raises the error itself where it is none that a server, a network or a file can cause.
    """
    reason = next((REASONS[key] for key in _list_keys(error) if key in REASONS), None)
    if reason is None:
        raise error
    headers: Any = getattr(error, "headers", None) or {}
    return make_error(
        reason,
        status=getattr(error, "status", None) or 0,
        retry_after=read_retry_after(headers.get("Retry-After", "")),
        cronjob=f"CronJob '{name}'(네임스페이스 '{namespace}')",
        deed=DEEDS[verb],
    )


def _list_keys(error: BaseException) -> Iterator[int | type | tuple[type, type]]:
    """Yield what may stand for an error in the table, the most telling first."""
    status = getattr(error, "status", None)
    if status:
        yield from (status, status // 100)
        return
    if status == 0 and error.__context__:  # the client hands TLS errors on as their text
        error = error.__context__
    cause = error.args[-1] if error.args else None
    yield type(error), type(cause)
    yield from type(error).__mro__
