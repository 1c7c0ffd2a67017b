"""Addresses of the web part; a site includes them at its root."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.http import require_safe

from booth import operations, texts
from booth.web import api
from booth.web.envelope import JSON, describe_failure, respond
from booth.web.openapi import make_document


@csrf_exempt
def refuse_unknown(_request: HttpRequest) -> HttpResponse:
    """Answer for an address below ``/booths`` that there is not, whatever the method."""
    return respond(describe_failure("not_found"))


@require_safe
def show_schema(_request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI document, bare as its readers expect it."""
    return HttpResponse(msgspec.json.encode(make_document()), content_type=JSON)


@require_safe
@ensure_csrf_cookie
def show_docs(request: HttpRequest) -> HttpResponse:
    """Show the document as a page on which requests can be tried out."""
    return render(request, "booth_web/docs.html", {"schema": "/booths/sync/schema/"})


urlpatterns = [
    path("booths/sync/start/", api.SwitchView.as_view(act=operations.start, message=texts.STARTED)),
    path("booths/sync/stop/", api.SwitchView.as_view(act=operations.stop, message=texts.STOPPED)),
    path("booths/sync/once/", api.OnceView.as_view()),
    path("booths/sync/preview/", api.PreviewView.as_view()),
    path("booths/sync/status/", api.StatusView.as_view()),
    path("booths/sync/runs/", api.RunListView.as_view()),
    path("booths/sync/runs/<int:number>/", api.RunView.as_view()),
    path("booths/sync/schema/", show_schema),
    path("booths/sync/docs/", show_docs),
    re_path("^booths(?:/.*)?$", refuse_unknown),
]
