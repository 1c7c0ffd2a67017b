"""The process that holds a node's namespaces and clears up when their owner is gone.

Run as ``python -m tests.node.keeper NAME STATE ADDRESS``. It starts the first process of the
namespaces, prints its process id, and waits for the end of its standard input: an owner that is
killed closes that too. Ending the first process of a process namespace ends all others in it, and
mounts and interfaces go with their namespaces.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.cluster.commands import Command
from tests.cluster.processes import spawn

from . import cgroups
from .records import Record, new_record, sweep

INIT = Path(__file__).with_name("init.py")
NAMESPACES = ("--net", "--mount", "--propagation=private", "--pid", "--fork", "--mount-proc")
READY_SECONDS = 20
UNSHARE = "unshare"


class NoNamespaces(RuntimeError):
    """The first process of the namespaces ended; the text is its log."""


def children_of(process: int) -> list[int]:
    """Return the process ids of a process's children, as seen from here."""
    try:
        listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in listed.split()]


def keep(name: str, *, state: Path, address: str) -> int:
    """Make the namespaces, hold them until standard input ends, and clear up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the owner's end is the signal, whatever it was
    sweep()
    record = new_record(name, keeper=os.getpid(), state=state)
    record.write()
    try:
        cgroups.make(name)
        init = _start_init(state, address=address)
    except BaseException:
        record.clear()
        raise
    return _hold(init, record=record)


def _start_init(state: Path, *, address: str) -> subprocess.Popen[bytes]:
    unshare = shutil.which(UNSHARE) or UNSHARE
    inner: Command = [sys.executable, "-I", INIT, state, address]
    init = spawn([unshare, *NAMESPACES, "--kill-child", *inner], log=state / "init.log")
    deadline = time.monotonic() + READY_SECONDS
    while not (state / "ready").exists():
        if init.poll() is not None or time.monotonic() > deadline:
            init.kill()
            raise NoNamespaces((state / "init.log").read_text())
        time.sleep(0.02)
    return init


def _hold(init: subprocess.Popen[bytes], *, record: Record) -> int:
    sys.stdout.write(f"{children_of(init.pid)[0]}\n")
    sys.stdout.flush()
    while init.poll() is None:
        readable, _, _ = select.select([sys.stdin], [], [], 1)
        if readable and not os.read(sys.stdin.fileno(), 1):
            break
    first = children_of(init.pid)
    init.kill()
    init.wait()
    for process in first:  # it is gone when all others of its namespace are
        while Path(f"/proc/{process}").exists():
            time.sleep(0.02)
    return 1 if record.clear() else 0


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1], state=Path(sys.argv[2]), address=sys.argv[3]))
