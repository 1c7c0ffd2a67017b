"""Wall-clock limits: timeouts of sockets start anew with every byte they read.

So sockets are handed over, and a deadline can shut them down.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")
LAST_WORDS = 0.5
"""Seconds for a woken thread to end: one that wakes while the interpreter ends aborts it."""


class DeadlineExceeded(Exception):
    """The call was still going when its time was up."""


class Sockets:
    """The sockets that a call opens, so that all of them can be ended at once.

    Holds duplicates, because TLS takes a socket's descriptor over and leaves the original empty.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._duplicates: list[socket.socket] = []
        self._is_over = False

    def add(self, opened: socket.socket) -> None:
        """Remember ``opened``. Raises OSError, so that nothing is sent, when all is over."""
        with self._lock:
            if self._is_over:
                opened.close()
                raise OSError("too late")
            self._duplicates.append(opened.dup())

    def shut_down(self) -> None:
        """End every connection: who waits for one of them wakes, and the peer sees it go."""
        with self._lock:
            for duplicate in self._duplicates:
                with suppress(OSError):
                    duplicate.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Forget the sockets; none can be added any more."""
        with self._lock:
            self._is_over = True
            while self._duplicates:
                self._duplicates.pop().close()


def call_within(
    seconds: float, call: Callable[[], T], *, on_timeout: Callable[[], Any] | None = None
) -> T:
    """Return what ``call`` returns or raise what it raises, within ``seconds`` of wall-clock time.

    The call runs in a daemon thread. When time is up, ``on_timeout`` is called (to end its sockets)
    and ``DeadlineExceeded`` is raised; a thread that goes on even then keeps nobody waiting.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run, name="deadline", daemon=True).start()
    try:  # a join that a signal interrupts would take the thread for ended
        if not wait([outcome], seconds).done:
            raise DeadlineExceeded
    except BaseException:
        if on_timeout is not None:
            on_timeout()
            wait([outcome], LAST_WORDS)
        raise
    return outcome.result()
