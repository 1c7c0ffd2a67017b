"""Pieces of text: instants, spans of time, tables as wide as a terminal shows them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.utils import timezone


def show_instant(instant: datetime) -> str:
    """Return an instant in the site's time zone, to the second."""
    return timezone.localtime(instant).strftime("%m-%d %H:%M:%S")


def show_age(age: timedelta) -> str:
    """Return a span of time in the two units that matter."""
    minutes, seconds = divmod(int(age.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}시간 {minutes}분" if hours else f"{minutes}분 {seconds}초"


def show_period(seconds: int) -> str:
    """Return the period of a schedule in the largest unit that divides it, such as ``5분``."""
    for size, unit in ((86_400, "일"), (3600, "시간"), (60, "분")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}초"


def align(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield ``rows`` as lines whose columns stand below each other."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Return the columns of a terminal that ``text`` takes; Hangul takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
