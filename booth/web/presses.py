"""Switching the schedule for somebody on the web, with a record of who did."""

from __future__ import annotations

import logging
from typing import Any

from django.db import Error

from booth import operations
from booth.names import keep_printable
from booth.operations import Switched
from booth.web.models import Press

logger = logging.getLogger("booth.web")


def start(user: Any, *, reason: str = "") -> Switched:
    """Turn the schedule on. Raises UsageError, ConfigError, ControlError."""
    return _keep(operations.start(by=name_user(user), reason=reason), user, reason)


def stop(user: Any, *, reason: str = "") -> Switched:
    """Turn the schedule off. Raises UsageError, ConfigError, ControlError."""
    return _keep(operations.stop(by=name_user(user), reason=reason), user, reason)


def name_user(user: Any) -> str:
    """Return who asks, as rows and annotations keep it."""
    return keep_printable(user.get_username())[: operations.MAX_CALLER]


def _keep(switched: Switched, user: Any, reason: str) -> Switched:
    """Keep a record; without one the schedule is switched all the same."""
    try:
        Press.objects.create(
            action=Press.Action.STOP if switched.suspended else Press.Action.START,
            by=name_user(user),
            reason=operations.clean_reason(reason),
            changed=list(switched.changed),
        )
    except Error:
        logger.warning("켜고 끈 기록을 남기지 못했습니다 by=%s", name_user(user))
    return switched
