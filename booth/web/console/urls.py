"""Addresses of the console, below ``/console/``."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from booth.web.console import actions, views
from booth.web.logins import LoginForm

app_name = "console"
urlpatterns = [
    path("", views.show_board, name="board"),
    path("state/", views.show_state, name="state"),
    path("runs/", views.show_runs, name="runs"),
    path("runs/<int:number>/", views.show_run, name="run"),
    path("booths/", views.show_booths, name="booths"),
    path("start/", actions.start, name="start"),
    path("stop/", actions.stop, name="stop"),
    path("sync/", actions.sync, name="sync"),
    path("preview/", actions.preview, name="preview"),
    path(
        "login/",
        LoginView.as_view(
            template_name="booth_web/console/login.html",
            authentication_form=LoginForm,
            next_page="console:board",
        ),
        name="login",
    ),
    path("logout/", LogoutView.as_view(next_page="console:login"), name="logout"),
]
