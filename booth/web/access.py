"""What stands before every view: who may come near, which hosts are ours, and health."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from booth.config.load import load_web_options
from booth.errors import ConfigError
from booth.networks import (
    Network,
    UnknownClient,
    find_client,
    is_within,
    read_address,
    read_network,
)
from booth.web.envelope import describe_failure, describe_refusal, respond
from booth.web.pages import show_failure

logger = logging.getLogger("booth.web")
Handler = Callable[[HttpRequest], HttpResponse]
API = "/booths/"
GUARDED_API = "/booths/sync/"
STATIC = "/static/"
METRICS = "/metrics"
_IS_ALLOWED = "booth.is_allowed"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def guard(get_response: Handler) -> Handler:
    """Return middleware that lets only allowed addresses reach the operators' doors.

    All that is not open is guarded: a view that somebody adds is closed to the world at first.
    ``REMOTE_ADDR`` is the client's from here on, and the headers that told of it are gone.
    """
    allowed, trusted, problem = _read_networks()

    def middleware(request: HttpRequest) -> HttpResponse:
        forwarded = request.META.pop("HTTP_X_FORWARDED_FOR", None)
        scheme = request.META.pop("HTTP_X_FORWARDED_PROTO", "")
        peer = request.META.get("REMOTE_ADDR", "")
        try:
            client = find_client(peer, forwarded, trusted=trusted)
            if scheme == "https" and is_within(read_address(peer), trusted):
                request.META["wsgi.url_scheme"] = "https"
        except UnknownClient:
            client = None
        request.META["REMOTE_ADDR"] = str(client or "")
        is_inside = client is not None and is_within(client, allowed)
        request.META[_IS_ALLOWED] = is_inside and not problem
        if is_open(request.path_info):
            return get_response(request)
        if _holds_nul(request):
            return refuse(request, describe_failure("bad_request"))
        if problem:
            return refuse(request, describe_refusal(problem))
        if not is_inside:
            logger.warning("허용되지 않은 주소의 요청을 거부했습니다 peer=%s", peer)
            return refuse(request, describe_failure("address_denied"))
        return get_response(request)

    return middleware


def _holds_nul(request: HttpRequest) -> bool:
    """Tell whether a query or cookie holds what no text of PostgreSQL may."""
    query, cookies = request.META.get("QUERY_STRING", ""), request.META.get("HTTP_COOKIE", "")
    return "%00" in query or "\\000" in cookies or "\0" in query + cookies


def protect(get_response: Handler) -> Handler:
    """Return middleware that lets a page load nothing but what this site serves."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return middleware


def judge_host(get_response: Handler) -> Handler:
    """Return middleware that refuses a request for a host that is not ours."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info == METRICS:  # scraped by a pod's address
            return get_response(request)
        try:
            request.get_host()
        except DisallowedHost:
            return refuse(request, describe_failure("bad_host"))
        return get_response(request)

    return middleware


def refuse(request: HttpRequest, document: dict[str, Any]) -> HttpResponse:
    """Return a refusal: in the envelope below ``/booths``, elsewhere as a page."""
    return show_failure(document) if is_page(request) else respond(document)


def is_page(request: HttpRequest) -> bool:
    """Tell whether people look at what is asked for, rather than programs."""
    return not request.path_info.startswith("/booths")


def is_open(path: str) -> bool:
    """Tell whether anybody may ask for a path: the booths, and what pages load.

    The metrics, too, for they judge by themselves.
    """
    if path.startswith(STATIC) or path == METRICS:
        return True
    return path.startswith(API) and not path.startswith(GUARDED_API)


def is_allowed(request: HttpRequest) -> bool:
    """Tell whether a request comes from an allowed network, as ``guard`` found."""
    return bool(request.META.get(_IS_ALLOWED))


def _read_networks() -> tuple[list[Network], list[Network], ConfigError | None]:
    """Return whom to let in and whom to believe; with wrong settings nobody, and why."""
    try:
        web = load_web_options()
    except ConfigError as error:
        logger.error("%s code=%s", error.message, error.code)
        return [], [], error
    allowed, trusted = (
        [read_network(text) for text in texts] for texts in (web.allowed_cidrs, web.trusted_proxies)
    )
    return allowed, trusted, None
