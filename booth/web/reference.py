"""The description of the API: as a document for programs and as a page for people."""

from __future__ import annotations

from functools import wraps

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie

from booth.web.access import Handler
from booth.web.envelope import JSON, READING, refuse_method
from booth.web.openapi import make_document


def only_read(view: Handler) -> Handler:
    """Return a view that refuses in the envelope what would change something."""

    @csrf_exempt
    @wraps(view)
    def judge(request: HttpRequest) -> HttpResponse:
        return view(request) if request.method in READING else refuse_method(*READING)

    return judge


@only_read
def show_schema(_request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI document, bare as its readers expect it."""
    return HttpResponse(msgspec.json.encode(make_document()), content_type=JSON)


@only_read
@ensure_csrf_cookie
def show_page(request: HttpRequest) -> HttpResponse:
    """Show the document as a page on which requests can be tried out."""
    return render(request, "booth_web/docs.html", {"schema": "/booths/sync/schema/"})
