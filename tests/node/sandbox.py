"""Network, mounts and processes of a node's own, without a trace on the machine around them."""

import ctypes
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tests.cluster.commands import Command

from .init import KEPT
from .records import sweep

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
ADDRESS = "10.88.0.1"
CLONE_NEWNET = 0x40000000
STOP_SECONDS = 60


class SandboxFailed(RuntimeError):
    """The namespaces could not be made; the text says why."""


class Sandbox:
    """A network, a mount and a process namespace, held by a keeper that outlives a killed owner.

    ``state`` is a folder for what the programs in it keep; it goes with the sandbox. A ``Place``
    (tests/cluster/places.py) for the control plane.
    """

    address = ADDRESS

    def __init__(self, state: Path) -> None:
        self.name = f"booth-node-{secrets.token_hex(3)}"
        self.state = state.resolve()
        self._keeper: subprocess.Popen[str] | None = None
        self._init = 0

    @property
    def enter(self) -> Command:
        """What to put in front of a command for it to run as a part of the node itself."""
        return [_nsenter(), f"--target={self._init}", "--net", "--mount", "--pid", "--"]

    @property
    def reach(self) -> Command:
        """What to put in front of a command for it to run in the network, and no more."""
        # not `ip netns exec`: it mounts another /sys, and the kubelet then finds no cgroups
        return [_nsenter(), f"--net=/proc/{self._init}/ns/net", "--"]

    def start(self) -> None:
        """Make the namespaces (under a second). Raises SandboxFailed."""
        for name in KEPT:
            (self.state / name).mkdir(parents=True, exist_ok=True)
        log = self.state.parent / "keeper.log"
        command = [sys.executable, "-m", "tests.node.keeper", self.name, str(self.state), ADDRESS]
        with log.open("ab") as output:
            self._keeper = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                cwd=ROOT,
                start_new_session=True,
            )
        assert self._keeper.stdout
        told = self._keeper.stdout.readline().strip()
        if not told:
            self.stop()
            raise SandboxFailed(log.read_text()[-2000:])
        self._init = int(told)

    def stop(self) -> None:
        """End every process of the node and take away all it had; a second call does nothing."""
        keeper, self._keeper = self._keeper, None
        if keeper is None or keeper.stdin is None or keeper.stdout is None:
            return
        keeper.stdin.close()
        keeper.wait(STOP_SECONDS)
        keeper.stdout.close()
        sweep()  # where the keeper was killed, this is what it could not do

    def inside(self, function: Callable[[], T]) -> T:
        """Call a function in the network namespace; sockets that it opens stay there.

        It runs in a thread that ends with it: processes are for ``reach``.
        """
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._call_inside, function).result()

    def _call_inside(self, function: Callable[[], T]) -> T:
        libc = ctypes.CDLL(None, use_errno=True)
        with Path(f"/proc/{self._init}/ns/net").open() as namespace:
            if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        return function()


def _nsenter() -> str:
    return os.path.abspath(shutil.which("nsenter") or "/usr/bin/nsenter")
