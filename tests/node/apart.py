"""Run a program whose mounts and children end with it, also when the tests are killed."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.cluster.commands import Command
from tests.cluster.processes import spawn, stop

NAMESPACES = ("--mount", "--propagation=private", "--pid", "--fork", "--mount-proc")


def run_apart(
    command: Command, *, log: Path, seconds: float, environment: Mapping[str, str] | None = None
) -> int:
    """Run a command in mount and process namespaces of its own and return its exit status.

    Raises subprocess.TimeoutExpired after ``seconds``.
    """
    unshare = Path(shutil.which("unshare") or "/usr/bin/unshare").absolute()
    entered: Command = [unshare, *NAMESPACES, "--kill-child", "--", *command]
    process = spawn(entered, log=log, environment=environment)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    finally:
        stop(process, patience=5)
