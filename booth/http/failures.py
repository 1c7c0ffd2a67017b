"""Why a request failed: one cause for all that requests, urllib3 and ssl raise."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator

import urllib3.exceptions
from msgspec import Struct

from booth.http.deadline import DeadlineExceeded

PROXY = "BOOTH_SYNC_PROXY"


class Cause(Struct, frozen=True):
    """One cause: its family, a sentence with what to do next, whether to try again.

    ``{who}`` of the sentence ends in a vowel, ``{setting}`` is where its address stands.
    """

    family: str
    sentence: str
    is_lasting: bool = True


CAUSES = {
    "timeout": Cause(
        "timeout",
        "{who}가 제한 시간 안에 응답을 마치지 않았습니다. 다음 실행이 다시 시도합니다. "
        "계속되면 서버의 상태를 확인하고, 원래 느린 서버라면 제한 시간을 늘리세요.",
        is_lasting=False,
    ),
    "connect_timeout": Cause(
        "timeout",
        "{who}에 제한 시간 안에 연결하지 못했습니다. {setting}의 주소와 방화벽을 확인하세요.",
        is_lasting=False,
    ),
    "name": Cause(
        "connection",
        "{who}의 호스트 이름을 찾을 수 없습니다. {setting}의 호스트 이름과 DNS를 확인하세요.",
        is_lasting=False,
    ),
    "refused": Cause(
        "connection",
        "{who}가 연결을 받지 않습니다. 서버가 켜져 있는지, {setting}의 호스트와 포트가 맞는지 "
        "확인하세요.",
        is_lasting=False,
    ),
    "connection": Cause(
        "connection",
        "{who}와의 연결에 실패했거나 응답이 끊겼습니다. 다음 실행이 다시 시도합니다. "
        "계속되면 서버와 네트워크를 확인하세요.",
        is_lasting=False,
    ),
    "expired": Cause(
        "tls",
        "{who}의 TLS 인증서가 만료되었습니다. 인증서를 갱신하고 이 컴퓨터의 시계를 확인하세요.",
    ),
    "not_yet_valid": Cause(
        "tls",
        "{who}의 TLS 인증서가 아직 유효하지 않습니다. 이 컴퓨터의 시계와 인증서를 확인하세요.",
    ),
    "unknown_issuer": Cause(
        "tls",
        "{who}의 TLS 인증서를 발급한 곳을 믿을 수 없습니다. 주소를 확인하고, 맞다면 발급한 기관의 "
        "인증서를 BOOTH_SYNC_CA_BUNDLE에 넣으세요.",
    ),
    "wrong_host": Cause(
        "tls",
        "{who}의 TLS 인증서가 다른 호스트의 것입니다. {setting}의 호스트와 인증서를 확인하세요.",
    ),
    "untrusted": Cause("tls", "{who}의 TLS 인증서를 믿을 수 없습니다. 인증서와 주소를 확인하세요."),
    "bundle": Cause(
        "tls",
        "{who}를 확인할 BOOTH_SYNC_CA_BUNDLE의 인증서를 읽을 수 없습니다. "
        "파일과 권한을 확인하세요.",
    ),
    "no_tls": Cause(
        "no_tls",
        "{who}의 포트가 TLS로 응답하지 않습니다. {setting}의 포트를 확인하거나 "
        "https를 http로 바꾸세요.",
    ),
    "old_tls": Cause(
        "tls_protocol",
        "{who}의 TLS 버전이 너무 낮습니다. 서버가 TLS 1.2 이상을 쓰게 하세요.",
    ),
    "no_cipher": Cause(
        "tls_cipher",
        "{who}와 함께 쓸 수 있는 TLS 암호 방식이 없습니다. 서버의 TLS 설정을 확인하세요.",
    ),
    "authentication": Cause(
        "proxy",
        "{who}의 응답이 HTTP 407입니다. {setting}의 사용자 이름과 암호를 확인하세요.",
    ),
    "tunnel_refused": Cause(
        "proxy",
        "{who}의 응답이 HTTP {status}입니다. 프록시가 이 호스트와 포트를 허용하는지 확인하세요.",
    ),
    "tunnel_failed": Cause(
        "proxy",
        "{who}의 응답이 HTTP {status}입니다. 프록시와 그 너머의 서버를 확인하세요.",
        is_lasting=False,
    ),
}
_CERTIFICATE = {
    9: "not_yet_valid",
    10: "expired",
    **dict.fromkeys((2, 18, 19, 20, 21), "unknown_issuer"),
    **dict.fromkeys((62, 64), "wrong_host"),
}
"""OpenSSL's X509_V_ERR_…"""
_TLS = {
    **dict.fromkeys(("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST"), "no_tls"),
    **dict.fromkeys(
        ("TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "VERSION_TOO_LOW"), "old_tls"
    ),
    **dict.fromkeys(
        (
            *("SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV1_ALERT_INSUFFICIENT_SECURITY"),
            *("NO_CIPHERS_AVAILABLE", "WRONG_CIPHER_RETURNED", "DH_KEY_TOO_SMALL"),
        ),
        "no_cipher",
    ),
}
"""OpenSSL's reasons; any other end of a handshake is a lost connection."""


class RequestFailed(Exception):
    """No answer came: for which of CAUSES, and whether the proxy is to blame.

    ``via`` is the origin of the proxy in use, ``status`` that of its answer.
    """

    def __init__(
        self, cause: str, *, via: str = "", is_proxys: bool = False, status: int | None = None
    ) -> None:
        super().__init__(cause)
        self._cause = CAUSES[cause]
        self._via = via
        self._is_proxys = is_proxys
        self._status = status

    @property
    def family(self) -> str:
        """The kind of failure; ``proxy`` for every one of a proxy."""
        return "proxy" if self._is_proxys else self._cause.family

    @property
    def retryable(self) -> bool:
        """Whether another attempt could succeed."""
        return not self._cause.is_lasting

    def describe(self, who: str, *, setting: str) -> str:
        """Return a sentence about ``who``, whose address is in ``setting``, and what to do next."""
        if self._is_proxys:
            who, setting = f"{PROXY}의 프록시({self._via})", PROXY
        elif self._via:
            who = f"{PROXY}의 프록시({self._via}) 너머의 {who}"
        return self._cause.sentence.format(who=who, setting=setting, status=self._status)


def find_cause(error: Exception, *, via: str, is_forwarded: bool) -> RequestFailed:
    """Return what is behind an error of requests, urllib3 or ssl.

    ``is_forwarded`` says that the proxy answers in the host's place, as for plain HTTP.
    """
    chain = list(_walk(error, set()))
    if refusal := re.search(r"Tunnel connection failed: (\d+)", " ".join(map(str, chain))):
        return refuse(int(refusal[1]), via=via)
    cause = next((cause for each in chain if (cause := _name(each, chain))), "connection")
    is_proxys = cause != "bundle" and (
        any(isinstance(each, urllib3.exceptions.ProxyError) for each in chain)
        or (is_forwarded and cause == "connection")
    )
    return RequestFailed(cause, via=via, is_proxys=is_proxys)


def refuse(status: int, *, via: str) -> RequestFailed:
    """Return what a proxy's own answer means."""
    cause = "tunnel_failed" if status >= 500 else "tunnel_refused"
    if status == 407:
        cause = "authentication"
    return RequestFailed(cause, via=via, is_proxys=True, status=status)


def _walk(error: object, seen: set[int]) -> Iterator[BaseException]:
    """Yield an error and all that it wraps, the innermost first."""
    if not isinstance(error, BaseException) or id(error) in seen:
        return
    seen.add(id(error))
    for inner in (error.__cause__, error.__context__, getattr(error, "reason", None), *error.args):
        yield from _walk(inner, seen)
    yield error


def _name(error: BaseException, chain: list[BaseException]) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE.get(error.verify_code, "untrusted")
    if isinstance(error, ssl.SSLError) and error.library == "SSL":
        return _TLS.get(error.reason, "")
    if isinstance(error, ssl.SSLError | FileNotFoundError | PermissionError | IsADirectoryError):
        of_tls = any(isinstance(each, urllib3.exceptions.SSLError) for each in chain)
        return "bundle" if of_tls and not isinstance(error, ssl.SSLEOFError) else ""
    if isinstance(error, socket.gaierror):
        return "name"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, DeadlineExceeded | TimeoutError | urllib3.exceptions.ReadTimeoutError):
        is_early = any(type(each) is urllib3.exceptions.ConnectTimeoutError for each in chain)
        return "connect_timeout" if is_early else "timeout"
    return ""
