"""The Django app. Its start-up registers checks and starts nothing."""

from __future__ import annotations

from django.apps import AppConfig


class BoothConfig(AppConfig):
    """Booths, their tables and menus, and the runs that keep them in line with D-Order."""

    name = "booth"
    verbose_name = "부스"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from django.core.checks import register

        from booth.checks import check_settings

        register(check_settings, "booth")
