"""Answers for what no view answers: Django calls them by the status."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from booth import texts
from booth.web.access import is_page, refuse
from booth.web.envelope import describe_failure, respond


def bad_request(request: HttpRequest, exception: Any) -> HttpResponse:
    """Answer for a request that cannot be read."""
    return refuse(request, describe_failure("bad_request"))


def permission_denied(request: HttpRequest, exception: Any) -> HttpResponse:
    """Answer for what an account may not do."""
    return refuse(request, describe_failure("permission_denied"))


def page_not_found(request: HttpRequest, exception: Any) -> HttpResponse:
    """Answer for an address that there is not."""
    return refuse(request, describe_failure("not_found"))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for a bug; Django has logged its traceback."""
    return refuse(request, describe_failure("internal"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer for a form without its token."""
    document = describe_failure("csrf_failed")
    return refuse(request, document | {"message": texts.OLD_PAGE} if is_page(request) else document)


@csrf_exempt
def refuse_unknown(_request: HttpRequest) -> HttpResponse:
    """Answer for an address below ``/booths`` that there is not, whatever the method."""
    return respond(describe_failure("not_found"))
