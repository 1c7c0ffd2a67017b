"""What each node has on the machine, written down before it is made, and how to take it away.

A node's keeper clears up after it. Only where the keeper itself was killed something is left: the
record tells the next node, or ``python -m tests.node down``, what that is.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.cluster.modules import cache_folder

from . import cgroups

SYSCTLS = Path("/proc/sys")
TUNED_BY_KUBELET = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)


@dataclass(frozen=True, kw_only=True)
class Record:
    """One node: its cgroup's name, its keeper, its files, the machine's settings before it."""

    name: str
    keeper: int
    keeper_started_at: str
    """In clock ticks since the machine's start: a process id alone may be used again."""
    state: str
    sysctls: dict[str, str]

    @property
    def path(self) -> Path:
        """The file of the record."""
        return _folder() / f"{self.name}.json"

    def is_kept(self) -> bool:
        """Return whether the node's keeper lives."""
        return started_at(self.keeper) == self.keeper_started_at

    def write(self) -> None:
        """Write the record: from now on nothing of the node can be forgotten."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(asdict(self)))

    def clear(self) -> list[Path]:
        """Take away everything and the record itself; return cgroups that cannot go yet."""
        left = cgroups.remove(self.name)
        shutil.rmtree(self.state, ignore_errors=True)
        if not left:
            self._restore_settings()
            self.path.unlink(missing_ok=True)
        return left

    def _restore_settings(self) -> None:
        if any(record.name != self.name for record in all_records()):
            return  # the last node does it: a kubelet that runs insists on its own
        for setting, value in self.sysctls.items():
            with suppress(OSError):
                (SYSCTLS / setting).write_text(value)


def new_record(name: str, *, keeper: int, state: Path) -> Record:
    """Return a record for a node to come."""
    return Record(
        name=name,
        keeper=keeper,
        keeper_started_at=started_at(keeper),
        state=str(state),
        sysctls=_settings_before_any_node(),
    )


def all_records() -> Iterator[Record]:
    """Yield the record of each node on this machine, running or left behind."""
    for path in sorted(_folder().glob("*.json")):
        with suppress(FileNotFoundError, ValueError, TypeError):
            yield Record(**json.loads(path.read_text()))


def sweep() -> list[str]:
    """Clear up after nodes whose keeper was killed; return their names."""
    swept = [record for record in all_records() if not record.is_kept()]
    for record in swept:
        record.clear()
    return [record.name for record in swept]


def started_at(process: int) -> str:
    """Return when a process started, or an empty text when there is none."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state == "Z" else fields[18]


def _settings_before_any_node() -> dict[str, str]:
    """Return the machine's own settings: another node's kubelet may have changed them by now."""
    for record in all_records():
        return record.sysctls
    paths = {name: SYSCTLS / name for name in TUNED_BY_KUBELET}
    return {name: path.read_text().strip() for name, path in paths.items() if path.exists()}


def _folder() -> Path:
    return cache_folder() / "nodes"
