"""Instants, spans, counts and errors as the console's templates show them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from booth import texts
from booth.config.masking import redact
from booth.models import SyncRun
from booth.runbook import find_address
from booth.web.console.strip import LEGEND
from booth.web.console.times import show_age, show_instant, show_span, show_wait

register = template.Library()
SHOWN_FIRST = ("created", "updated", "missing", "rejected", "duplicate", "conflict", "unchanged")


@register.filter
def instant(value: datetime) -> SafeString:
    """Return an instant, for programs too."""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), show_instant(value))


@register.filter
def since(value: datetime, now: datetime) -> str:
    """Return how long ago an instant was."""
    return show_age(now - value)


@register.filter
def until(value: datetime, now: datetime) -> str:
    """Return how long it is until an instant."""
    return show_wait(value - now)


@register.filter
def span(value: timedelta) -> str:
    """Return a span of time."""
    return show_span(value)


@register.filter
def ago(value: timedelta) -> str:
    """Return how long ago something was."""
    return show_age(value)


@register.filter
def seconds(value: float | None) -> str:
    """Return seconds to the hundredth, a dash for none."""
    return "–" if value is None else f"{value:.2f}초"


@register.filter
def told(counts: dict[str, int] | None) -> str:
    """Return counts in words, without those that are 0; unchanged ones last."""
    if not counts:
        return "–"
    parts = [f"{texts.RESULTS[name]} {counts[name]}" for name in SHOWN_FIRST if counts.get(name)]
    return " · ".join(parts) or "없음"


@register.filter
def pattern(status: str) -> str:
    """Return the pattern of a run's result in the strip, as a character."""
    return LEGEND[SyncRun.Status(status)]


@register.filter
def entity(name: str) -> str:
    """Return what is counted, in Korean."""
    return texts.ENTITIES.get(name, name)


@register.filter
def result(name: str) -> str:
    """Return what came of an item, in Korean."""
    return texts.RESULTS[name]


@register.filter
def runbook(code: str) -> str:
    """Return where the runbook tells of an error's code; empty where there is none."""
    return find_address(str(getattr(settings, "BOOTH_SYNC_RUNBOOK_URL", "")), code)


@register.filter
def masked(text: str) -> str:
    """Return a sentence without secrets."""
    return redact(text)


@register.filter
def share(value: float, whole: Any) -> int:
    """Return a part of a whole in percent, at least 1 so that it can be seen."""
    return max(1, round(100 * value / whole)) if whole else 1
