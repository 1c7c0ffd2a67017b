"""Wall-clock limits for calls whose own timeouts start anew with every byte they read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class DeadlineExceeded(Exception):
    """The call was still going when its time was up."""


def call_within(
    seconds: float, call: Callable[[], T], *, on_timeout: Callable[[], Any] | None = None
) -> T:
    """Return what ``call`` returns or raise what it raises, within ``seconds`` of wall-clock time.

    The call runs in a daemon thread. When time is up, ``on_timeout`` is called (to close the
    sockets the thread waits for) and ``DeadlineExceeded`` is raised; the thread is left behind
    and keeps neither the caller nor the process.
    """
    outcome: list[tuple[T, None] | tuple[None, BaseException]] = []

    def run() -> None:
        try:
            outcome.append((call(), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=run, name="deadline", daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        if on_timeout is not None:
            on_timeout()
        raise DeadlineExceeded
    value, error = outcome[0]
    if error is not None:
        raise error
    return value  # type: ignore[return-value]
