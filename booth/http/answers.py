"""What comes back: an answer, and the instants and waits in its headers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from msgspec import Struct

CODINGS = frozenset(
    {"br", "compress", "dcb", "dcz", "deflate", "gzip", "x-compress", "x-gzip", "zstd"}
)
"""The codings that compress; servers write much else, such as ``none`` and ``utf-8``."""


class Response(Struct, frozen=True, kw_only=True):
    """An answer; its ``headers`` are found in any case, its ``body`` is not decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def is_encoded(self) -> bool:
        """Whether the body is compressed, though nobody asked for that."""
        named = self.headers.get("Content-Encoding", "").lower().split(",")
        return not CODINGS.isdisjoint(coding.strip() for coding in named)

    @property
    def retry_after(self) -> float | None:
        """The seconds after which the server wants to be asked again."""
        return read_retry_after(self.headers.get("Retry-After", ""))


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
