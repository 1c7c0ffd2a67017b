"""The Django app. Its start-up registers checks and starts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from django.core.checks import CheckMessage


class BoothConfig(AppConfig):
    """Booths, their tables and menus, and the runs that keep them in line with D-Order."""

    name = "booth"
    verbose_name = "부스"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from django.core.checks import register

        register(check_settings, "booth")


def check_settings(**_kwargs: Any) -> list[CheckMessage]:
    """Return a message for each problem of the settings; what only a sync needs is a warning."""
    from django.core.checks import Error, Warning

    from booth.config.load import find_problems

    kinds = {"error": Error, "control": Error, "web": Error, "sync": Warning, "warning": Warning}
    return [
        kinds[problem.level](problem.message, hint=problem.hint or None, id=problem.id)
        for problem in find_problems()
    ]
