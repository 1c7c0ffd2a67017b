"""Addresses of the web part; a site includes them at its root."""

from __future__ import annotations

from django.urls import include, path, re_path

from booth import texts
from booth.web import api, presses
from booth.web.handlers import refuse_unknown
from booth.web.reference import show_page, show_schema

urlpatterns = [
    path("console/", include("booth.web.console.urls")),
    path("booths/sync/start/", api.SwitchView.as_view(act=presses.start, message=texts.STARTED)),
    path("booths/sync/stop/", api.SwitchView.as_view(act=presses.stop, message=texts.STOPPED)),
    path("booths/sync/once/", api.OnceView.as_view()),
    path("booths/sync/preview/", api.PreviewView.as_view()),
    path("booths/sync/status/", api.StatusView.as_view()),
    path("booths/sync/runs/", api.RunListView.as_view()),
    path("booths/sync/runs/<int:number>/", api.RunView.as_view()),
    path("booths/sync/schema/", show_schema),
    path("booths/sync/docs/", show_page),
    re_path("^booths(?:/.*)?$", refuse_unknown),
]
