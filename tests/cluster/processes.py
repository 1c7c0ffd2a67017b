"""Start a program that cannot outlive the test session, and end it."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command, its output appended to ``log``; it dies when the calling thread's does.

    It gets a session of its own, so that Ctrl-C reaches the tests alone and they stop things in
    order. The first item must be an absolute path.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", str(GUARD), str(os.getpid()), *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=environment,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes], *, patience: float) -> None:
    """End a process: SIGTERM, then SIGKILL after ``patience`` seconds. Ended ones are fine."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tail(log: Path, *, lines: int = 25) -> str:
    """Return the last lines of a log, each cut to a readable length."""
    if not log.exists():
        return "(no output)"
    kept = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join(line[:400] for line in kept)
