"""What the doctor says of one thing."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from booth.errors import BoothSyncError


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


class Finding(Struct, frozen=True, kw_only=True):
    """What was found of one thing; ``next_step`` is empty where there is nothing to do."""

    name: str
    level: Level
    message: str
    next_step: str = ""


def approve(name: str, message: str) -> Finding:
    """Return the finding that a thing is as it should be."""
    return Finding(name=name, level=Level.OK, message=message)


def warn(name: str, message: str, *, next_step: str = "") -> Finding:
    """Return the finding that a thing deserves a look, though a sync works."""
    return Finding(name=name, level=Level.WARNING, message=message, next_step=next_step)


def fail(name: str, message: str, *, next_step: str = "") -> Finding:
    """Return the finding that a thing does not work."""
    return Finding(name=name, level=Level.FAILURE, message=message, next_step=next_step)


def report(name: str, error: BoothSyncError, *, next_step: str = "") -> Finding:
    """Return the finding that an error makes; its sentence often names the next step itself."""
    return fail(name, f"{error.message} [{error.code}]", next_step=next_step)
