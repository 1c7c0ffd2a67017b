"""Addresses of the web part; a site includes them at its root."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from booth.web import api
from booth.web.envelope import describe_failure, respond


@csrf_exempt
def refuse_unknown(_request: HttpRequest) -> HttpResponse:
    """Answer for an address below ``/booths`` that there is not, whatever the method."""
    return respond(describe_failure("not_found"))


urlpatterns = [
    path("booths/sync/start/", api.StartView.as_view()),
    path("booths/sync/stop/", api.StopView.as_view()),
    path("booths/sync/once/", api.OnceView.as_view()),
    path("booths/sync/preview/", api.PreviewView.as_view()),
    path("booths/sync/status/", api.StatusView.as_view()),
    path("booths/sync/runs/", api.RunListView.as_view()),
    path("booths/sync/runs/<int:number>/", api.RunView.as_view()),
    re_path("^booths(?:/.*)?$", refuse_unknown),
]
