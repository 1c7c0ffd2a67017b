"""SIGTERM and SIGINT end a run in order: roll back, close the row, leave; within seconds."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType
from typing import NoReturn

from booth.errors import Terminated

GRACE = 4.5
"""Seconds between a signal and the end of the process, whatever it is waiting for."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def raise_on_termination() -> None:
    """From now on raise Terminated in the main thread on the first SIGTERM or SIGINT.

    A handler of one's own also makes Python heed SIGTERM as PID 1. Where the main thread is stuck
    in a call that does not notice, the process ends by itself after ``GRACE`` seconds; the row
    then stays open until it is reaped.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_enforce, args=(reader,), name="grace", daemon=True).start()
    for signum in _SIGNALS:
        signal.signal(signum, _raise_terminated)


def _raise_terminated(signum: int, _frame: FrameType | None) -> NoReturn:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Terminated(signum)


def _enforce(reader: int) -> None:
    received = os.read(reader, 1)
    while received and received[0] not in _SIGNALS:
        received = os.read(reader, 1)
    if received:
        time.sleep(GRACE)
        os._exit(128 + received[0])
