"""A server on loopback, from the time that it is ready until its block ends."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .places import answers
from .processes import spawn, stop, tail
from .waiting import wait_for

READY_SECONDS = 30


@contextmanager
def serving(
    command: Sequence[str | Path], *, port: int, ready: str, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the process of a server once it answers 200 at ``ready``."""
    process = spawn(command, log=log)
    try:
        wait_for(lambda: _is_ready(process, port, ready, log), seconds=READY_SECONDS)
        yield process
    finally:
        stop(process, patience=10)


def _is_ready(process: subprocess.Popen[bytes], port: int, ready: str, log: Path) -> bool:
    assert process.poll() is None, tail(log)
    return answers(port, ready)
