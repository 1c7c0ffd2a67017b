"""Headers of HTTP that more than one part of booth sync reads or writes."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def make_basic_auth(credentials: str) -> str:
    """Return the Authorization of ``user:password``, in UTF-8 (RFC 7617, 2.1)."""
    return "Basic " + base64.b64encode(credentials.encode()).decode()


def read_retry_after(value: str) -> float | None:
    """Return the seconds a Retry-After header asks for (RFC 9110, 10.2.3), None if unreadable."""
    if value.isascii() and value.isdigit():
        return float(value[:9])
    moment = read_date(value)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else None


def read_date(value: str) -> datetime | None:
    """Return the instant of a date header (RFC 9110, 5.6.7), None if unreadable."""
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
