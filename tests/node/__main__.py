"""A node to play with: ``python -m tests.node up`` starts it, ``down`` takes it away again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.cluster.modules import cache_folder
from tests.cluster.processes import tail

from .images import BASE_IMAGE, make_python_base
from .node import Node
from .obstacles import OBSTACLES
from .records import all_records, started_at, sweep
from .sandbox import ROOT
from .scripts import write_scripts

STOP_SECONDS = 60
USAGE = "usage: python -m tests.node up|down"


def up() -> int:
    """Start a node that outlives this command and say how to use it."""
    folder = _folder()
    if _holder():
        return _say(f"a node is running already: {folder}/kubectl get pods -A", code=1)
    down()
    folder.mkdir(parents=True)
    began = time.monotonic()
    holder = _start_holder(folder)
    while holder.poll() is None and not (folder / "ready").exists():
        time.sleep(0.1)
    if holder.poll() is not None:
        return _say(tail(folder / "hold.log"), code=1)
    _say(f"the node is Ready after {time.monotonic() - began:.0f} s. Python is in it: {BASE_IMAGE}")
    _say(f"kubectl on it:           {folder}/kubectl get pods -A")
    _say(f"any program inside it:   {folder}/enter COMMAND")
    return _say("to take it away again:   make node-down")


def hold(folder: Path) -> int:
    """Run a node until SIGTERM or SIGINT."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with Node(folder) as node:
            node.import_image(make_python_base())
            write_scripts(node, folder)
            (folder / "ready").touch()
            while True:
                signal.pause()
    except KeyboardInterrupt:
        return 0
    except OBSTACLES as error:
        return _say(str(error), code=1)


def down() -> int:
    """Take away the node, however it ended, and all that killed test sessions left."""
    holder = _holder()
    if holder:
        os.kill(holder, signal.SIGTERM)
        if not _wait(lambda: not _holder(), seconds=STOP_SECONDS):
            os.kill(holder, signal.SIGKILL)
    _wait(lambda: not _is_kept(_folder()), seconds=STOP_SECONDS)
    for name in sweep():
        _say(f"cleared up after {name}")
    shutil.rmtree(_folder(), ignore_errors=True)
    return 0


def _start_holder(folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / "hold.log").open("ab") as log:
        holder = subprocess.Popen(
            [sys.executable, "-m", "tests.node", "hold", str(folder)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    identity = {"process": holder.pid, "started_at": started_at(holder.pid)}
    (folder / "holder.json").write_text(json.dumps(identity))
    return holder


def _holder() -> int | None:
    """Return the process that runs the node, if it lives."""
    try:
        identity = json.loads((_folder() / "holder.json").read_text())
    except (OSError, ValueError):
        return None
    process = int(identity["process"])
    return process if started_at(process) == identity["started_at"] else None


def _is_kept(folder: Path) -> bool:
    states = (Path(record.state) for record in all_records() if record.is_kept())
    return any(folder in state.parents for state in states)


def _wait(condition: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _folder() -> Path:
    return cache_folder().resolve() / "playground"


def _say(line: str, *, code: int = 0) -> int:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    return code


def main(arguments: list[str]) -> int:
    """Do what the first argument says."""
    match arguments:
        case ["up"]:
            return up()
        case ["down"]:
            return down()
        case ["hold", folder]:
            return hold(Path(folder))
        case _:
            return _say(USAGE, code=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
