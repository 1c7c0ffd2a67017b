"""The one place where whatever goes wrong with the Kubernetes API becomes a ControlError."""

from __future__ import annotations

import ssl
from http.client import BadStatusLine
from typing import Any

from urllib3 import exceptions as urllib3

from booth.errors import ControlError
from booth.http import DeadlineExceeded, read_retry_after
from booth.names import keep_printable

LATER = "잠시 뒤 다시 시도하세요."
PERSIST = "다시 시도하고, 계속되면 클러스터 관리자에게 알리세요."
LOOK = "'booth_sync status'로 상태를 확인하고 다시 시도하세요."

SENTENCES = {
    "no_client": (
        "Kubernetes 클라이언트가 설치되어 있지 않습니다. "
        "Python 패키지 kubernetes(36.0.3 이상)를 설치하세요."
    ),
    "no_credentials": (
        "Kubernetes에 접속할 자격 증명이 없거나 읽을 수 없습니다. "
        "클러스터 안에서는 operator ServiceAccount로 실행하고, "
        "밖에서는 KUBECONFIG에 kubeconfig 파일을 지정하세요."
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
    "dropped": f"Kubernetes API 서버가 응답하다 말고 연결을 끊었습니다. {PERSIST}",
    "timeout": f"Kubernetes API 서버가 제한 시간 안에 응답하지 않습니다. {PERSIST}",
    "tls": (
        "Kubernetes API 서버의 TLS 인증서를 믿을 수 없습니다. "
        "kubeconfig의 CA와 서버 주소, 이 컴퓨터의 시계를 확인하세요."
    ),
    "unauthorized": (
        "Kubernetes API 서버가 자격 증명을 받아들이지 않습니다(만료되었거나 철회됨). "
        "새 토큰이나 새 kubeconfig로 다시 시도하세요."
    ),
    "forbidden": (
        "{cronjob}을 {deed} 권한이 없습니다. "
        "이름이 맞는지, 이 계정의 Role에 get과 patch가 있는지 확인하세요."
    ),
    "not_found": ("{cronjob}이 없습니다. BOOTH_SYNC_CRONJOBS와 BOOTH_SYNC_NAMESPACE를 확인하세요."),
    "conflict": "{cronjob}이 동시에 다른 곳에서 바뀌었습니다. " + LATER,
    "unsupported": (
        "Kubernetes API 서버가 변경 요청의 형식(merge patch)을 받지 않습니다. "
        "중간에 있는 프록시를 확인하세요."
    ),
    "invalid": (
        "Kubernetes API 서버가 {cronjob}에 대한 요청을 거부했습니다(HTTP {status}). "
        "'kubectl describe cronjob'으로 CronJob을 확인하세요."
    ),
    "throttled": f"Kubernetes API 서버가 바빠서 요청을 미룹니다(HTTP 429). {LATER}",
    "server_error": "Kubernetes API 서버에 오류가 났습니다(HTTP {status}). 잠시 뒤 " + PERSIST,
    "unavailable": "Kubernetes API 서버를 지금 쓸 수 없습니다(HTTP {status}). " + LATER,
    "bad_answer": (
        "Kubernetes API가 아닌 응답을 받았습니다. "
        "서버 주소와 중간에 있는 프록시(로그인 페이지 등)를 확인하세요."
    ),
    "not_applied": "Kubernetes API 서버의 응답에 {cronjob}의 변경이 보이지 않습니다. " + LOOK,
    "raced": f"다른 사람이 동시에 예약 실행을 켜거나 끄고 있습니다. {LOOK}",
    "differing": "CronJob마다 상태가 다릅니다({difference}). start나 stop을 다시 실행해 맞추세요.",
}
"""Every reason with the sentence that says what to do."""

RETRYABLE = {"dropped", "conflict", "throttled", "server_error", "unavailable", "unreachable"}
MAX_SHOWN = 500
"""Longest text in characters that is shown of what the API server or a kubeconfig says."""
DEEDS = {"get": "읽을", "patch": "바꿀"}
Cause = int | type | tuple[type, type]


class BadAnswer(ValueError):
    """The answer is not what a Kubernetes API server says."""


class NotApplied(Exception):
    """The answer to a patch shows the CronJob unchanged."""


CAUSES: dict[str, tuple[Cause, ...]] = {
    "unauthorized": (401,),
    "forbidden": (403,),
    "not_found": (404,),
    "conflict": (409,),
    "unsupported": (415,),
    "invalid": (4,),
    "throttled": (429,),
    "server_error": (5, 6, 7, 8, 9),
    "unavailable": (502, 503, 504),
    "bad_answer": (1, 2, 3, BadAnswer, (urllib3.ProtocolError, BadStatusLine)),
    "not_applied": (NotApplied,),
    "tls": (urllib3.SSLError,),
    "dropped": (
        # a peer that just leaves looks within TLS like an error of TLS
        (urllib3.SSLError, ssl.SSLEOFError),
        (urllib3.SSLError, ssl.SSLZeroReturnError),
        urllib3.HTTPError,
        OSError,
    ),
    "unreachable": (
        urllib3.NewConnectionError,  # a timeout in urllib3's tree
        urllib3.ProxyError,
        urllib3.LocationValueError,
        OverflowError,  # a port that there cannot be
    ),
    "timeout": (DeadlineExceeded, urllib3.TimeoutError, TimeoutError),
    "no_credentials": (ValueError,),  # such as no header can hold
}
"""What stands for a reason: a status, the hundreds of any other, or what happened below HTTP.

That is an error's class, of which the most special counts, or its class with that of its cause.
"""
REASONS = {cause: reason for reason, causes in CAUSES.items() for cause in causes}


def make_error(reason: str, *, retry_after: float | None = None, **names: Any) -> ControlError:
    """Return the error of that name; ``names`` fill its sentence."""
    sentence = SENTENCES[reason].format(**names)
    is_retryable = reason in RETRYABLE
    return ControlError(sentence, reason=reason, retryable=is_retryable, retry_after=retry_after)


def name_failure(error: Exception, *, verb: str, name: str, namespace: str) -> ControlError:
    """Return the ControlError for whatever a request to the API server raised.

    Raises the error itself where it is none that a server, a network or a file can cause.
    """
    reason = next(filter(None, map(REASONS.get, _list_causes(error))), None)
    if reason is None:
        raise error
    headers: Any = getattr(error, "headers", None) or {}
    return make_error(
        reason,
        status=getattr(error, "status", None),
        retry_after=read_retry_after(headers.get("Retry-After", "")),
        cronjob=f"'{clean_text(name)}' CronJob(네임스페이스 '{clean_text(namespace)}')",
        deed=DEEDS[verb],
    )


def clean_text(text: str) -> str:
    """Return a text of others as one short line, without what could steer a terminal."""
    printable = keep_printable(text)
    return printable if len(printable) <= MAX_SHOWN else f"{printable[: MAX_SHOWN - 1]}…"


def _list_causes(error: BaseException) -> tuple[Cause, ...]:
    """Return what may stand for an error in the table, the most telling first."""
    status = getattr(error, "status", None)
    if status:
        return status, status // 100
    if status == 0 and error.__context__:  # the client hands TLS errors on as their text
        error = error.__context__
    cause = error.args[-1] if error.args else None
    return (type(error), type(cause)), *type(error).__mro__
