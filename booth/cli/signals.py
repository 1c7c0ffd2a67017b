"""Signals end a command in order: roll back, close the row, leave; within seconds."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import NoReturn

from booth.errors import Terminated

GRACE = 4.5
"""Seconds between a signal and the end of the process, whatever it is waiting for."""

_UNHEEDED = {
    *(signal.SIGKILL, signal.SIGSTOP),  # cannot be
    *(signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL),  # would come again for ever
    *(signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGCONT),  # stop it, and go on
    *(signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH),  # end nothing
}
SIGNALS = tuple(sorted(signal.valid_signals() - _UNHEEDED))
"""Whatever would end the process on the spot."""


def raise_on_termination() -> None:
    """From now on raise Terminated in the main thread on the first signal that ends a process.

    One that is ignored already, as by nohup, stays so. A handler of one's own also makes Python
    heed SIGTERM as PID 1. Where the main thread is stuck in a call that does not notice, the
    process ends by itself after ``GRACE`` seconds; the row then stays open until it is reaped.
    """
    if _raise_terminated in map(signal.getsignal, SIGNALS):
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_enforce, args=(reader,), name="grace", daemon=True).start()
    for signum in SIGNALS:
        if signal.getsignal(signum) not in {signal.SIG_IGN, None}:
            signal.signal(signum, _raise_terminated)


def settle() -> None:
    """From now on let no signal change the outcome; it still bounds the time until the end."""
    for signum in SIGNALS:
        if signal.getsignal(signum) is _raise_terminated:
            signal.signal(signum, _pass_over)


def leave(interrupt: KeyboardInterrupt) -> NoReturn:
    """Say that a signal ends the process, unless that was Ctrl-C, and end it."""
    signum = getattr(interrupt, "signum", signal.SIGINT)
    if signum != signal.SIGINT:
        sys.stderr.write("종료 신호를 받아 끝냅니다. [aborted]\n")
    sys.exit(128 + signum)


def _raise_terminated(signum: int, _frame: FrameType | None) -> NoReturn:
    settle()
    raise Terminated(signum)


def _pass_over(_signum: int, _frame: FrameType | None) -> None:
    """Do nothing, where SIG_IGN would also keep the signal from ``_enforce``."""


def _enforce(reader: int) -> None:
    received = os.read(reader, 1)
    while received and received[0] not in SIGNALS:
        received = os.read(reader, 1)
    if received:
        time.sleep(GRACE)
        os._exit(128 + received[0])
