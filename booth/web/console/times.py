"""Instants and spans of time as people at a festival read them, in the site's time zone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

DAYS = "월화수목금토일"


def show_instant(instant: datetime) -> str:
    """Return an instant to the second: ``11-25 (수) 20:31:05``."""
    local = timezone.localtime(instant)
    return f"{local:%m-%d} ({DAYS[local.weekday()]}) {local:%H:%M:%S}"


def show_span(span: timedelta) -> str:
    """Return a span in its two largest units; below a minute in seconds."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds}초"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days:
        return _join(days, "일", hours % 24, "시간")
    return _join(hours, "시간", minutes % 60, "분") if hours else f"{minutes}분"


def show_age(age: timedelta) -> str:
    """Return how long ago something was, to the minute, so that it changes once a minute."""
    return "방금" if age < timedelta(minutes=1) else f"{show_span(age)} 전"


def show_wait(wait: timedelta) -> str:
    """Return how long until something, to the minute."""
    return "곧" if wait < timedelta(minutes=1) else f"{show_span(wait)} 뒤"


def _join(large: int, unit: str, small: int, smaller: str) -> str:
    return f"{large}{unit} {small}{smaller}" if small else f"{large}{unit}"
