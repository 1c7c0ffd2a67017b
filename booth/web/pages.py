"""Failures as pages for people, beside the envelope of the API."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from booth.config.masking import redact
from booth.refusals import explain
from booth.web.envelope import describe_refusal

logger = logging.getLogger("booth.web")
TITLES = {
    400: "읽을 수 없는 요청입니다",
    403: "들어갈 수 없습니다",
    404: "그런 페이지가 없습니다",
    405: "그렇게는 열 수 없습니다",
    500: "오류가 났습니다",
    503: "지금은 보여 드릴 수 없습니다",
}


def show_failure(
    document: dict[str, Any], *, way: str = "/console/", leads_to: str = "콘솔로"
) -> HttpResponse:
    """Return a page that says what went wrong; ``way`` leads on, to what ``leads_to`` says.

    It asks no database and knows no user, so that it can be shown whatever is broken.
    """
    status = document["statusCode"]
    context = {
        "status": status,
        "title": TITLES.get(status, TITLES[400 if status < 500 else 500]),
        "message": redact(document["message"]),
        "code": document["data"]["code"],
        "way": way,
        "leads_to": leads_to,
    }
    page = render_to_string("booth_web/console/failure.html", context)
    response = HttpResponse(page, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def explain_failures(get_response: Any) -> Any:
    """Return middleware that tells by a page that the database is away or a setting is wrong."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response: HttpResponse = get_response(request)
        return response

    middleware.process_exception = _explain  # type: ignore[attr-defined]
    return middleware


def _explain(_request: HttpRequest, exception: Exception) -> HttpResponse | None:
    """Return the page for an error that has a sentence; a bug goes on its way to the log."""
    error = explain(exception)
    if error is None:
        return None
    logger.error("%s code=%s", error.message, error.code)
    return show_failure(describe_refusal(error))
