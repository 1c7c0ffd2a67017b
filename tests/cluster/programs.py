"""The programs of the cluster and node tests: built once from pinned Go modules, then kept.

Each folder ``tools/…`` is a Go module that pins programs by its ``go.mod`` and ``go.sum``. They are
built into a cache outside the repository (``BOOTH_TEST_CACHE``, else the user's cache), one by one
as they are asked for.
"""

import fcntl
import hashlib
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .processes import spawn, stop, tail
from .toolchain import ToolchainMissing, find_go

TOOLS = Path(__file__).with_name("tools")
HEARTBEAT_SECONDS = 30


class BinariesMissing(RuntimeError):
    """A program is neither there nor can be built; the text says how to get it."""


@dataclass(frozen=True, kw_only=True)
class Module:
    """A Go module of ``tools``: the programs it pins and how they learn their version."""

    name: str
    """The first part of the cache folder's name."""
    folder: Path
    source: str
    """The module whose version is that of the programs."""
    packages: dict[str, str]
    stamp: str = ""
    """Linker variables (``-X``) with ``{version}``, ``{major}`` and ``{minor}`` in them."""
    stamp_source: str | None = None
    """The module whose major and minor go into the stamp, where it is another one."""
    minutes: int = 2
    """About how long the build of each program takes on 2 cores."""

    def pinned_version(self, module: str) -> str:
        """Return the version, such as ``v1.34.4``, that ``go.mod`` pins for a module."""
        found = re.search(rf"^\s*{re.escape(module)} (v\S+)", self._go_mod(), re.MULTILINE)
        if found is None:
            raise BinariesMissing(f"{self.folder.name}/go.mod pins no {module}")
        return found[1]

    def ldflags(self) -> str:
        """Return what the linker is told: no debug tables, and the version."""
        stamped = self.pinned_version(self.stamp_source or self.source).removeprefix("v")
        major, minor = stamped.split(".")[:2]
        version = self.pinned_version(self.source)
        filled = self.stamp.format(version=version, major=major, minor=minor)
        return " ".join(["-s -w", *(f"-X {part}" for part in filled.split())])

    def cache(self) -> Path:
        """Return the folder of the built programs: another one for any other build."""
        machine = (platform.system(), platform.machine())
        go_sum = (self.folder / "go.sum").read_text()
        parts = (self._go_mod(), go_sum, self.ldflags(), *machine)
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
        return cache_folder() / f"{self.name}-{key}"

    def required_go(self) -> tuple[int, ...]:
        """Return the oldest Go that can build the module."""
        found = re.search(r"^go (\d+)\.(\d+)\.(\d+)$", self._go_mod(), re.MULTILINE)
        if found is None:
            raise BinariesMissing(f"{self.folder.name}/go.mod names no Go version")
        return tuple(map(int, found.groups()))

    def _go_mod(self) -> str:
        return (self.folder / "go.mod").read_text()


_KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
_ON_A_NODE = ("kubelet", "kube-proxy")
_KUBERNETES_STAMP = "k8s.io/component-base/version"
_HELM_3 = "helm.sh/helm/v3"
_HELM_3_STAMP = (
    f"{_HELM_3}/internal/version.version={{version}} "
    f"{_HELM_3}/pkg/chartutil.k8sVersionMajor=1 {_HELM_3}/pkg/chartutil.k8sVersionMinor={{minor}} "
    f"{_HELM_3}/pkg/lint/rules.k8sVersionMajor=1 {_HELM_3}/pkg/lint/rules.k8sVersionMinor={{minor}}"
)

KUBERNETES = Module(
    name="kubernetes",
    folder=TOOLS,
    source="k8s.io/kubernetes",
    packages={
        "etcd": "go.etcd.io/etcd/server/v3",
        **{name: f"k8s.io/kubernetes/cmd/{name}" for name in (*_KUBERNETES, *_ON_A_NODE)},
    },
    stamp=f"{_KUBERNETES_STAMP}.gitVersion={{version}} {_KUBERNETES_STAMP}.gitMajor={{major}} "
    f"{_KUBERNETES_STAMP}.gitMinor={{minor}}",
)
COREDNS = Module(
    name="coredns",
    folder=TOOLS / "coredns",
    source="github.com/coredns/coredns",
    packages={"coredns": "github.com/coredns/coredns"},
)
HELM_3 = Module(
    name="helm3",
    folder=TOOLS / "helm3",
    source=_HELM_3,
    packages={"helm3": f"{_HELM_3}/cmd/helm"},
    stamp=_HELM_3_STAMP,
    stamp_source="k8s.io/client-go",  # as its Makefile does: charts ask `.Capabilities` for it
)
HELM_4 = Module(
    name="helm4",
    folder=TOOLS / "helm4",
    source="helm.sh/helm/v4",
    packages={"helm4": "helm.sh/helm/v4/cmd/helm"},
    stamp="helm.sh/helm/v4/internal/version.version={version}",
)
HELM_DOCS = Module(
    name="helm-docs",
    folder=TOOLS / "helm-docs",
    source="github.com/norwoodj/helm-docs",
    packages={"helm-docs": "github.com/norwoodj/helm-docs/cmd/helm-docs"},
    minutes=1,
    stamp="main.version={version}",
)
CRANE = Module(
    name="crane",
    folder=TOOLS / "crane",
    source="github.com/google/go-containerregistry",
    packages={"crane": "github.com/google/go-containerregistry/cmd/crane"},
    minutes=1,
)
"""Serves a registry on loopback (``crane registry serve``)."""
MODULES = (KUBERNETES, COREDNS, HELM_3, HELM_4, HELM_DOCS, CRANE)


def find_program(name: str) -> Path:
    """Return the path of a program such as ``kubelet`` or ``helm4``, building it where it lacks.

    Raises BinariesMissing when nothing pins that name, or it cannot be built.
    """
    for module in MODULES:
        if name in module.packages:
            return find_programs(module, [name]) / name
    known = ", ".join(name for module in MODULES for name in module.packages)
    raise BinariesMissing(f"no program {name}: there are {known}")


def find_programs(module: Module, names: Sequence[str]) -> Path:
    """Return the folder that holds these programs of a module, building those that lack."""
    folder = module.cache()
    if missing_from(folder, names):
        with lock(folder.with_suffix(".lock"), what="the programs"):
            _build_missing(module, missing_from(folder, names), folder=folder)
    return folder


def missing_from(folder: Path, names: Sequence[str]) -> list[str]:
    """Return which of these programs a folder does not hold."""
    return [name for name in names if not is_program(folder / name)]


def is_program(path: Path) -> bool:
    """Return whether a file is there that can be run."""
    return path.is_file() and os.access(path, os.X_OK)


def cache_folder() -> Path:
    """Return the folder for everything that is built once and kept."""
    chosen = os.environ.get("BOOTH_TEST_CACHE")
    if chosen:
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "booth-sync"


@contextmanager
def lock(path: Path, *, what: str) -> Iterator[None]:
    """Hold a file lock; the kernel frees it when its holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another session makes {what}; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def say(line: str) -> None:
    """Tell the person who waits what is going on."""
    sys.stderr.write(f"cluster tests: {line}\n")
    sys.stderr.flush()


def go_for(module: Module) -> Path:
    """Return a Go that can build a module; raises BinariesMissing when none can be had."""
    try:
        return find_go(at_least=module.required_go(), cache=cache_folder(), say=say)
    except ToolchainMissing as error:
        raise BinariesMissing(str(error)) from error


def go_environment() -> dict[str, str]:
    """Return the environment of a build: the user's proxies and caches, but not the flags."""
    fixed = {"CGO_ENABLED": "0", "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    return {**os.environ, **fixed}


def how_long(module: Module, wanted: Sequence[str]) -> str:
    """Return about how long a build of these programs takes, in words."""
    minutes = module.minutes * len(wanted)
    return f"about {minutes} minute{'s' if minutes > 1 else ''} on 2 cores"


def _build_missing(module: Module, wanted: Sequence[str], *, folder: Path) -> None:
    if not wanted:  # the session that held the lock has built them
        return
    folder.mkdir(parents=True, exist_ok=True)
    go = go_for(module)
    say(f"building {', '.join(wanted)} with {go}, once: {how_long(module, wanted)}")
    for name in wanted:
        _build(module, name, go=go, folder=folder)


def _build(module: Module, name: str, *, go: Path, folder: Path) -> None:
    """Build one program under a temporary name, then rename it: it is whole or not there."""
    unfinished = folder / f".{name}.{os.getpid()}"
    log = folder / f"{name}.log"
    flags = ["-trimpath", "-ldflags", module.ldflags(), "-o", str(unfinished)]
    started = time.monotonic()
    command: list[str | Path] = [go, "build", *flags, module.packages[name]]
    build = spawn(command, log=log, cwd=module.folder, environment=go_environment())
    try:
        status = _wait_aloud(build, what=f"building {name}", started=started)
        if status != 0:
            raise BinariesMissing(f"go build of {name} failed ({log}):\n{tail(log)}")
        unfinished.replace(folder / name)
    finally:
        stop(build, patience=5)
        unfinished.unlink(missing_ok=True)
    log.unlink()
    say(f"built {name} in {time.monotonic() - started:.0f} s")


def _wait_aloud(build: subprocess.Popen[bytes], *, what: str, started: float) -> int:
    while True:
        try:
            return build.wait(HEARTBEAT_SECONDS)
        except subprocess.TimeoutExpired:
            say(f"{what}: {time.monotonic() - started:.0f} s")
