"""What a node could leave on the machine, looked at from outside."""

import os
from dataclasses import dataclass
from pathlib import Path

from . import cgroups, records
from .keeper import children_of
from .node import Node

FIXED_PLACES = (
    *("/var/lib/kubelet", "/var/lib/cni", "/run/containerd", "/run/netns", "/run/xtables.lock"),
    *("/opt/cni", "/opt/containerd", "/usr/libexec/kubernetes"),
)


@dataclass(frozen=True, kw_only=True)
class Traces:
    """Where to look for one node: taken while it runs, searched when it is gone."""

    name: str
    state: Path
    network: int
    """The inode of its network namespace."""

    def found(self) -> dict[str, list[str]]:
        """Return what is there now; nothing when the node has left nothing behind."""
        kept = [record.name for record in records.all_records() if record.name == self.name]
        everything = {
            "cgroups": list(map(str, cgroups.find(self.name))),
            "processes": processes_in(self.network),
            "files": [str(self.state)] if self.state.exists() else [],
            "records": kept,
        }
        return {kind: things for kind, things in everything.items() if things}


def traces_of(node: Node) -> Traces:
    """Return where to look for a running node."""
    network = node.inside(lambda: os.stat("/proc/thread-self/ns/net").st_ino)
    return Traces(name=node.sandbox.name, state=node.sandbox.state, network=network)


def find_traces(folder: Path) -> list[Traces]:
    """Return where to look for a node whose state lies below a folder, once there is one."""
    return [
        Traces(
            name=record.name,
            state=Path(record.state),
            network=os.stat(f"/proc/{first}/ns/net").st_ino,
        )
        for record in records.all_records()
        if folder in Path(record.state).parents
        for made in children_of(record.keeper)
        for first in children_of(made)
    ]


def machine() -> dict[str, object]:
    """Return the machine's mounts, interfaces, files at fixed places and kernel settings."""
    return {
        "mounts": Path("/proc/self/mounts").read_text().splitlines(),
        "interfaces": sorted(os.listdir("/sys/class/net")),
        "places": [place for place in FIXED_PLACES if Path(place).exists()],
        "settings": {name: (records.SYSCTLS / name).read_text() for name in _tuned()},
    }


def processes_in(network: int) -> list[str]:
    """Return the processes in a network namespace (its inode) with their names."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "ns/net").stat().st_ino == network:
                found.append(f"{process.name} {(process / 'comm').read_text().strip()}")
        except OSError:  # it ended meanwhile
            continue
    return found


def _tuned() -> list[str]:
    return [name for name in records.TUNED_BY_KUBELET if (records.SYSCTLS / name).exists()]
