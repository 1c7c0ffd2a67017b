"""The first process of a node's namespaces: it prepares mounts and network, then reaps.

Run as ``python -I init.py STATE ADDRESS`` by ``unshare``. What the programs of a node write at
fixed places (below /run, /var/lib and /var/log) goes to memory or to the folder STATE, so the
machine's own stay as they are.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

MEMORY_ONLY = ("/run", "/var/lib")
KEPT = {"containerd": "/var/lib/containerd", "kubelet": "/var/lib/kubelet", "log": "/var/log"}
INTERFACE = "node0"
SERVICE_RANGE = "10.96.0.0/24"  # as in tests/cluster/commands.py, which this must not import


def prepare_mounts(state: Path) -> None:
    """Cover the machine's folders by ones of this node."""
    sources = {name: os.open(state / name, os.O_PATH) for name in KEPT}
    for folder in MEMORY_ONLY:
        _run("mount", "-t", "tmpfs", "-o", "mode=755", "node", folder)
    for name, folder in KEPT.items():
        Path(folder).mkdir(exist_ok=True)
        _run("mount", "--bind", f"/proc/self/fd/{sources[name]}", folder, keep=sources[name])


def prepare_network(address: str) -> None:
    """Give the node one interface; the world beyond it is unreachable at once, not by timeout."""
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", INTERFACE, "type", "bridge")
    _run("ip", "address", "add", f"{address}/24", "dev", INTERFACE)
    _run("ip", "link", "set", INTERFACE, "up")
    _run("ip", "route", "add", SERVICE_RANGE, "dev", INTERFACE)  # kube-proxy sends them elsewhere
    _run("ip", "route", "add", "unreachable", "default")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def reap() -> None:
    """Take the exit status of every process that lost its parent, for ever."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            time.sleep(1)


def _run(*command: str, keep: int | None = None) -> None:
    inherited = () if keep is None else (keep,)
    subprocess.run(command, check=True, pass_fds=inherited)


if __name__ == "__main__":
    state = Path(sys.argv[1])
    ready = os.open(state, os.O_PATH)
    prepare_mounts(state)
    prepare_network(sys.argv[2])
    os.close(os.open("ready", os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=ready))
    os.close(ready)
    reap()
