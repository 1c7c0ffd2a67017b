"""The schedule for every page and scrape at once: the Kubernetes API is asked seldom."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from threading import Lock

from booth import operations
from booth.control.timetable import Timetable
from booth.errors import ControlError

MAX_AGE_SECONDS = 5.0
PATIENCE_SECONDS = 2.5
"""A page waits no longer, although the API server may take more: people want to see something."""
WAITING = ControlError(
    "Kubernetes API 서버가 아직 응답하지 않습니다. 잠시 뒤에 새로고침하세요.",
    reason="timeout",
)


class Timetables:
    """Keeps the schedule that was read last; of many who find it old one thread reads anew."""

    def __init__(
        self,
        read: Callable[[], Timetable] = operations.read_timetable,
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._read, self._patience = read, patience
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="timetable")
        self._kept: Timetable | None = None
        self._read_at = float("-inf")
        self._reading: Future[Timetable] | None = None

    def get(
        self,
        *,
        max_age: float = MAX_AGE_SECONDS,
        anew: bool = False,
        patience: float | None = None,
    ) -> Timetable:
        """Return a schedule of the last seconds, with ``anew`` one that is read from now on.

        Where the API server takes longer than ``patience`` (s), it is one that says so.
        """
        with self._lock:
            if self._kept and not anew and time.monotonic() - self._read_at < max_age:
                return self._kept
            if anew or self._reading is None or self._reading.done():
                self._reading = self._pool.submit(self._renew)
            reading = self._reading
        try:
            return reading.result(timeout=patience or self._patience)
        except NotYet:
            return Timetable(error=WAITING)

    def _renew(self) -> Timetable:
        timetable = self._read()
        with self._lock:
            self._kept, self._read_at = timetable, time.monotonic()
        return timetable


timetables = Timetables()
