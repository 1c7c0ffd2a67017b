"""What somebody on the web does to the sync, in their name and with a record of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import Error

from booth import operations
from booth.config.options import RunRequest
from booth.errors import ControlError
from booth.operations import Switched
from booth.sync.report import RunReport
from booth.web.models import Press
from booth.web.people import name_user

logger = logging.getLogger("booth.web")
PAUSE_SECONDS = 30.0
"""Between two runs that somebody asks for: who presses again and again changes nothing."""


def start(user: Any, *, reason: str = "") -> Switched:
    """Turn the schedule on. Raises UsageError, ConfigError, ControlError."""
    return _switch(operations.start, Press.Action.START, user, reason)


def stop(user: Any, *, reason: str = "") -> Switched:
    """Turn the schedule off. Raises UsageError, ConfigError, ControlError."""
    return _switch(operations.stop, Press.Action.STOP, user, reason)


def sync(user: Any, *, trigger: str, reason: str = "", allow_shrink: bool = False) -> RunReport:
    """Sync once in this process, not too soon after the last time. Raises UsageError."""
    reason = operations.clean_reason(reason)
    who = name_user(user)
    logger.info("동기화를 요청받았습니다 by=%s reason=%s", who, reason)
    report = operations.sync_now(
        RunRequest(
            trigger=trigger, requested_by=who, allow_shrink=allow_shrink, pause=PAUSE_SECONDS
        )
    )
    if allow_shrink and report.run is not None and not report.error:
        _keep(Press.Action.SHRINK, who, reason)
    return report


def preview(*, trigger: str, allow_shrink: bool = False) -> RunReport:
    """Return what a sync would come to now; it stores nothing."""
    return operations.sync_now(RunRequest(trigger=trigger, dry_run=True, allow_shrink=allow_shrink))


def _switch(act: Callable[..., Switched], action: str, user: Any, reason: str) -> Switched:
    who = name_user(user)
    try:
        switched = act(by=who, reason=reason)
    except ControlError as error:
        if error.changed:
            _keep(action, who, operations.clean_reason(reason), changed=error.changed)
        raise
    _keep(action, who, operations.clean_reason(reason), changed=switched.changed)
    return switched


def _keep(action: str, who: str, reason: str, changed: tuple[str, ...] = ()) -> None:
    """Keep a record; without one it is done all the same."""
    try:
        Press.objects.create(action=action, by=who, reason=reason, changed=list(changed))
    except Error:
        logger.warning("누른 기록을 남기지 못했습니다 by=%s action=%s", who, action)
