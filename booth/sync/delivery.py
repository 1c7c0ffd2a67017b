"""One request to somebody outside who watches over runs; what becomes of it is one sentence."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class NotDelivered(OSError):
    """The receiver took nothing; the text says why and holds no secret."""


class Receiver(Struct, frozen=True):
    """Somebody outside, as sentences name them.

    ``who`` ends in a vowel, ``setting`` is where their address stands, and ``advice`` what to do
    when they answer that they take nothing.
    """

    who: str
    setting: str
    advice: str


def deliver(method: str, url: str, *, to: Receiver, **options: Any) -> None:
    """Send one request as ``booth.http.send`` does.

    Raises NotDelivered where no answer came, or one that is not 2xx.
    """
    from booth import http

    try:
        response = http.send(method, url, **options)
    except http.RequestFailed as failure:
        raise NotDelivered(failure.describe(to.who, setting=to.setting)) from None
    if not 200 <= response.status < 300:
        raise NotDelivered(f"{to.who}의 응답이 HTTP {response.status}입니다. {to.advice}")


def explain(error: Exception) -> str:
    """Return what went wrong, for a log: of an error that nobody foresaw only its name."""
    return str(error) if isinstance(error, NotDelivered) else type(error).__name__
