"""The problems of the settings as Django system checks (``manage.py check``)."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Warning

from booth.problems import find_problems


def check_settings(**_kwargs: Any) -> list[CheckMessage]:
    """Return one message for each problem; what only a sync needs is a warning here."""
    kinds = {"error": Error, "control": Error, "sync": Warning, "warning": Warning}
    return [
        kinds[problem.level](problem.message, hint=problem.hint or None, id=problem.id)
        for problem in find_problems()
    ]
