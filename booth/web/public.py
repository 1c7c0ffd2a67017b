"""The read API: what the festival's front end polls. It knows no users and sets no cookies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.http import http_date, parse_etags

from booth import texts
from booth.errors import BoothSyncError
from booth.names import find_key, make_key
from booth.web.access import Handler
from booth.web.envelope import (
    JSON,
    READING,
    describe_failure,
    describe_refusal,
    refuse_method,
    respond,
    wrap,
)
from booth.web.snapshot import Body, PublicBooth, Shelf, Snapshot, describe_list, make_body, pack

_LIST = "/booths/"
_DETAIL = re.compile(r"/booths/([0-9]{1,19})/")
_TAKES_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))|,|$)")
_HEADERS = {
    "Cache-Control": "public, max-age=5, stale-while-revalidate=30, stale-if-error=600",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}
_BOOLEANS = {"true": True, "false": False}
shelf = Shelf()


class WrongQuery(ValueError):
    """A parameter holds what it cannot."""


def serve(get_response: Handler) -> Handler:
    """Return middleware that answers for the booths before anything else costs time."""

    def middleware(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        detail = _DETAIL.fullmatch(path)
        if path != _LIST and not detail:
            return get_response(request)
        response = _answer(request, int(detail[1]) if detail else None)
        for name, value in _HEADERS.items():
            response.headers[name] = value
        if response.status_code >= 400:
            response.headers["Cache-Control"] = "no-store"
        return response

    return middleware


def _answer(request: HttpRequest, number: int | None) -> HttpResponse:
    if request.method not in READING:
        return refuse_method(*READING)
    try:
        snapshot = shelf.get()
        body = _choose(snapshot, number, request)
    except BoothSyncError as error:
        return respond(describe_refusal(error))
    except WrongQuery:
        return respond(describe_failure("invalid"))
    if body is None:
        return respond(describe_failure("not_found"))
    return _send(body, snapshot, request)


def _choose(snapshot: Snapshot, number: int | None, request: HttpRequest) -> Body | None:
    """Return the answer to a request, None where there is no such booth. Raises WrongQuery."""
    if number is not None:
        found = next((booth for booth in snapshot.booths if booth.id == number), None)
        return make_body(wrap(200, texts.BOOTH_READ, found)) if found else None
    if not request.META.get("QUERY_STRING"):
        return snapshot.body
    booths = list(_filter(snapshot.booths, request.GET))
    return make_body(describe_list(booths, snapshot.freshness))


def _filter(booths: tuple[PublicBooth, ...], query: QueryDict) -> Iterator[PublicBooth]:
    """Yield the booths that are asked for. Raises WrongQuery."""
    key = make_key(query.get("name", "")).casefold()
    free, in_stock = (_read_boolean(query.get(name)) for name in ("free", "in_stock"))
    for booth in booths:
        has_free = bool(booth.tables and booth.tables.free)
        has_stock = any(menu.in_stock for menu in booth.menus)
        if (
            key in find_key(booth.name).casefold()
            and free in {None, has_free}
            and in_stock in {None, has_stock}
        ):
            yield booth


def _read_boolean(text: str | None) -> bool | None:
    if text is None:
        return None
    if text not in _BOOLEANS:
        raise WrongQuery
    return _BOOLEANS[text]


def _send(body: Body, snapshot: Snapshot, request: HttpRequest) -> HttpResponse:
    is_packed = bool(_TAKES_GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", "")))
    tag = body.packed_tag if is_packed else body.tag
    if _is_known(request.META.get("HTTP_IF_NONE_MATCH", ""), body):
        response = HttpResponse(status=304)
        del response.headers["Content-Type"]
    else:
        content = (body.packed or pack(body.plain)) if is_packed else body.plain
        response = HttpResponse(content, content_type=JSON)
        response.headers["Content-Length"] = str(len(content))
        if is_packed:
            response.headers["Content-Encoding"] = "gzip"
        if request.method == "HEAD":
            response.content = b""
    response.headers["ETag"] = tag
    if snapshot.modified:
        response.headers["Last-Modified"] = http_date(snapshot.modified.timestamp())
    return response


def _is_known(header: str, body: Body) -> bool:
    """Tell whether who asks has the answer already, in whatever encoding."""
    if not header:
        return False
    known = (body.tag, body.packed_tag)
    if header in known:
        return True
    tags = {tag.removeprefix("W/") for tag in parse_etags(header)}
    return bool(tags & {*known, "*"})
