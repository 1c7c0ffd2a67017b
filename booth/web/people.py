"""Who may do what on the web, whatever the door."""

from __future__ import annotations

from typing import Any

from booth import operations
from booth.names import keep_printable

SEE, OPERATE = "booth.view_syncrun", "booth.operate_sync"


def may_see(user: Any) -> bool:
    """Tell whether somebody may see the runs: staff with that permission, or with the other."""
    return bool(user.is_staff) and (user.has_perm(SEE) or user.has_perm(OPERATE))


def may_operate(user: Any) -> bool:
    """Tell whether somebody may start, stop and sync."""
    return bool(user.is_staff) and bool(user.has_perm(OPERATE))


def name_user(user: Any) -> str:
    """Return who asks, as rows and annotations keep it."""
    return keep_printable(user.get_username())[: operations.MAX_CALLER]
