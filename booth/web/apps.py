"""The web part as an app of its own: its table needs Django's users, which no run loads."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Tokens with which programs reach the API."""

    name = "booth.web"
    label = "booth_web"
    verbose_name = "부스 동기화 API"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the admin's login slow down who guesses."""
        from django.contrib import admin

        from booth.web.logins import LoginForm

        admin.site.login_form = LoginForm
