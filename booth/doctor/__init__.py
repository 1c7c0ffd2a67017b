"""Examines, one by one, everything that booth sync depends on, and says what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from booth.doctor.basics import (
    examine_database,
    examine_gateway,
    examine_settings,
    examine_upstream,
)
from booth.doctor.clocks import examine_database_clock
from booth.doctor.findings import Finding, Level
from booth.doctor.schedule import examine_schedule

__all__ = ["Finding", "Level", "examine"]


def examine() -> Iterator[Finding]:
    """Yield a finding for each thing, as soon as it is known. Raises nothing expected."""
    yield from examine_settings()
    database = examine_database()
    yield database
    yield examine_upstream()
    yield examine_gateway()
    yield from examine_schedule()
    if database.level is Level.OK and connection.vendor == "postgresql":  # a file has no clock
        yield examine_database_clock()
