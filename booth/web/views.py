"""What all views of the API have in common: who may, what is read, how failures are told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import IO, Any, TypeVar

import msgspec
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed, ParseError
from rest_framework.exceptions import PermissionDenied as NoCsrfToken
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import DEFAULTS, IMPORT_STRINGS, APISettings
from rest_framework.views import APIView

from booth.errors import BoothSyncError
from booth.refusals import explain
from booth.web import tokens
from booth.web.envelope import (
    FAILURES,
    JSON,
    MAX_BODY,
    describe_failure,
    describe_refusal,
    encode,
    find_retry,
)
from booth.web.people import may_operate, may_see

logger = logging.getLogger("booth.web")
T = TypeVar("T")


class Refused(APIException):
    """A failure of the request, by its code in ``FAILURES``."""

    def __init__(self, code: str) -> None:
        self.status_code = FAILURES[code].status
        super().__init__(FAILURES[code].message, code=code)


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Token bsk_…``; it comes first, so that 401 says how to log in."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return the token's owner, None without a token. Raises AuthenticationFailed."""
        scheme, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() not in {"token", "bearer"}:
            return None
        token = tokens.find(text.strip())
        if token is None:
            raise AuthenticationFailed
        return token.owner, token

    def authenticate_header(self, _request: Request) -> str:
        """Return what a 401 asks for."""
        return "Token"


class PageAuthentication(SessionAuthentication):
    """The session of somebody who has logged in; what changes things needs a CSRF token."""

    def enforce_csrf(self, request: HttpRequest) -> None:
        """Raise Refused without that token."""
        try:
            super().enforce_csrf(request)  # type: ignore[arg-type]
        except NoCsrfToken:
            raise Refused("csrf_failed") from None


class MaySee(BasePermission):
    """Staff that may see the runs, or do more."""

    def has_permission(self, request: Request, _view: APIView) -> bool:
        """Tell whether who asks may."""
        return may_see(request.user)


class MayOperate(BasePermission):
    """Staff that may start, stop and sync."""

    def has_permission(self, request: Request, _view: APIView) -> bool:
        """Tell whether who asks may."""
        return may_operate(request.user)


class JsonParser(BaseParser):
    """Reads a small JSON object."""

    media_type = JSON

    def parse(
        self,
        stream: IO[Any],
        _media_type: str | None = None,
        _context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the object. Raises Refused, ParseError."""
        body = stream.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            raise Refused("too_large")
        try:
            document = msgspec.json.decode(body)
        except (ValueError, RecursionError):  # also of bytes that are no UTF-8
            raise ParseError from None
        if not isinstance(document, dict):
            raise ParseError
        return document


class EnvelopeRenderer(BaseRenderer):
    """Writes a document as every door does."""

    media_type = JSON
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        _media_type: str | None = None,
        _context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the body."""
        return encode(data)


_SETTINGS: Any = APISettings({"URL_FORMAT_OVERRIDE": None}, DEFAULTS, IMPORT_STRINGS)  # type: ignore[arg-type]
"""Those of the site around do not change what this API is."""


class Negotiation(DefaultContentNegotiation):
    """Takes the ``Accept`` header alone; ``?format=`` chooses nothing."""

    settings = _SETTINGS


class EnvelopeView(APIView):
    """A view whose answers, failures too, come in the envelope."""

    settings = _SETTINGS
    authentication_classes = (TokenAuthentication, PageAuthentication)
    permission_classes: tuple[type[BasePermission], ...] = (MaySee,)
    parser_classes = (JsonParser,)
    renderer_classes = (EnvelopeRenderer,)
    content_negotiation_class = Negotiation
    throttle_classes = ()
    versioning_class = None
    metadata_class = None

    def get_exception_handler(self) -> Callable[..., Response]:
        """Return what turns every exception into an answer."""
        return handle_exception

    def finalize_response(self, *arguments: Any, **options: Any) -> Any:
        """Return the answer; nothing of an operator's belongs into a cache."""
        response = super().finalize_response(*arguments, **options)
        response["Cache-Control"] = "no-store"
        return response


def handle_exception(error: Exception, _context: Any) -> Response:
    """Return the answer for whatever a view raised; a bug is in the log with its traceback."""
    if told := explain(error):
        return make_refusal(told)
    code = _find_code(error)
    if code == "internal":
        logger.error("API 요청을 처리하다가 예상하지 못한 오류가 났습니다.", exc_info=error)
    headers = {"WWW-Authenticate": "Token"} if FAILURES[code].status == 401 else {}
    return make_response(describe_failure(code), **headers)


def make_response(document: dict[str, Any], **headers: str) -> Response:
    """Return an answer of the REST framework."""
    return Response(document, status=document["statusCode"], headers=headers)


def make_refusal(error: BoothSyncError, **more: Any) -> Response:
    """Return the answer for what booth sync could not do, with more data beside its code."""
    return make_response(describe_refusal(error, **more), **find_retry(error))


def read_body(request: Request, kind: type[T]) -> T:
    """Return what a request asks for. Raises Refused where it holds anything unknown.

    A body without a length reaches no WSGI application, and nothing must be done without it.
    """
    if "HTTP_TRANSFER_ENCODING" in request.META:
        raise Refused("bad_request")
    try:
        return msgspec.convert(request.data, kind)
    except msgspec.ValidationError:
        raise Refused("invalid") from None


def _find_code(error: Exception) -> str:
    if isinstance(error, RequestDataTooBig):
        return "too_large"
    if isinstance(error, Http404):
        return "not_found"
    if isinstance(error, PermissionDenied):
        return "permission_denied"
    if isinstance(error, APIException):
        code = str(error.get_codes())
        return code if code in FAILURES else "bad_request"
    return "internal"
