"""The cgroup that a node's pods live under: one folder in every hierarchy, made and removed."""

import time
from contextlib import suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
CONTROLLERS = ("cpu", "cpuset", "memory", "pids")
PATIENCE_SECONDS = 10


def make(name: str) -> None:
    """Make the cgroup ``name`` below the root of every hierarchy (version 1, 2 or both)."""
    for hierarchy in hierarchies():
        _hand_down(hierarchy)
        cgroup = hierarchy / name
        cgroup.mkdir(exist_ok=True)
        for setting in ("cpuset.cpus", "cpuset.mems"):  # version 1 starts a cpuset empty
            if (hierarchy / setting).exists() and (cgroup / setting).exists():
                (cgroup / setting).write_text((hierarchy / setting).read_text())


def remove(name: str) -> list[Path]:
    """Remove the cgroup and everything below it; return what stayed because a process is in it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (left := _remove_once(name)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def find(name: str) -> list[Path]:
    """Return the folders of the cgroup that are there now."""
    return [folder for each in hierarchies() if (folder := each / name).is_dir()]


def hierarchies() -> list[Path]:
    """Return where cgroup hierarchies are mounted; hybrid machines have both versions."""
    if (ROOT / "cgroup.controllers").exists():
        return [ROOT]
    return [folder for folder in sorted(ROOT.iterdir()) if (folder / "cgroup.procs").exists()]


def _hand_down(hierarchy: Path) -> None:
    """Let children of a version 2 root use its controllers."""
    offered = hierarchy / "cgroup.controllers"
    if not offered.exists():
        return
    for controller in set(CONTROLLERS) & set(offered.read_text().split()):
        with suppress(OSError):  # the kubelet names what it misses
            (hierarchy / "cgroup.subtree_control").write_text(f"+{controller}")


def _remove_once(name: str) -> list[Path]:
    left = []
    for top in find(name):
        below = sorted((path for path in top.rglob("*") if path.is_dir()), reverse=True)
        for cgroup in [*below, top]:  # deepest first
            try:
                cgroup.rmdir()
            except FileNotFoundError:
                pass
            except OSError:
                left.append(cgroup)
    return left
