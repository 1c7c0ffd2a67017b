"""The Kubernetes programs of the cluster tests: found, or built once from their Go modules.

``KUBEBUILDER_ASSETS`` (the envtest convention) names a folder that holds them. Without it they are
built into a cache outside the repository, in the versions that ``tools/go.mod`` pins: about eight
minutes on two cores, once. ``python -m tests.cluster.binaries`` does it ahead of the tests.
"""

import fcntl
import hashlib
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .processes import spawn, stop, tail
from .toolchain import ToolchainMissing, find_go

TOOLS = Path(__file__).with_name("tools")
PACKAGES = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kubectl": "k8s.io/kubernetes/cmd/kubectl",
}
ABSENT_FROM_ENVTEST = "kube-controller-manager"
HEARTBEAT_SECONDS = 30


class BinariesMissing(RuntimeError):
    """A program is neither there nor can be built; the text says how to get it."""


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """Absolute paths of the programs; envtest folders may lack the controller manager."""

    etcd: Path
    kube_apiserver: Path
    kubectl: Path
    kube_controller_manager: Path | None


def pinned_version(module: str) -> str:
    """Return the version, such as ``v1.34.4``, that ``tools/go.mod`` pins for a module."""
    found = re.search(rf"^\s*{re.escape(module)} (v\S+)", _go_mod(), re.MULTILINE)
    if found is None:
        raise BinariesMissing(f"tests/cluster/tools/go.mod pins no {module}")
    return found[1]


def find() -> Binaries:
    """Return the programs, building what the cache lacks.

    Raises BinariesMissing when a program is absent and cannot be built.
    """
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets:
        return _binaries_in(Path(assets).absolute())
    folder = _cache_folder() / f"kubernetes-{_cache_key()}"
    if _missing_from(folder):
        with _lock(folder.with_suffix(".lock")):
            _build_missing(folder)
    return _binaries_in(folder)


def _binaries_in(folder: Path) -> Binaries:
    missing = [name for name in _missing_from(folder) if name != ABSENT_FROM_ENVTEST]
    if missing:
        raise BinariesMissing(
            f"KUBEBUILDER_ASSETS={folder} lacks {', '.join(missing)}. Fill it (`setup-envtest use "
            "1.34.x`), or unset it and the tests build their own: python -m tests.cluster.binaries"
        )
    controllers = folder / ABSENT_FROM_ENVTEST
    return Binaries(
        etcd=folder / "etcd",
        kube_apiserver=folder / "kube-apiserver",
        kubectl=folder / "kubectl",
        kube_controller_manager=controllers if _is_program(controllers) else None,
    )


def _missing_from(folder: Path) -> list[str]:
    return [name for name in PACKAGES if not _is_program(folder / name)]


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _cache_folder() -> Path:
    chosen = os.environ.get("BOOTH_TEST_CACHE")
    if chosen:
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "booth-sync"


def _go_mod() -> str:
    return (TOOLS / "go.mod").read_text()


def _ldflags() -> str:
    version = pinned_version("k8s.io/kubernetes")
    major, minor = version.removeprefix("v").split(".")[:2]
    stamp = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    package = "k8s.io/component-base/version"
    return " ".join(["-s -w", *(f"-X {package}.{key}={value}" for key, value in stamp.items())])


def _cache_key() -> str:
    machine = (platform.system(), platform.machine())
    parts = (_go_mod(), (TOOLS / "go.sum").read_text(), _ldflags(), *machine)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a file lock; the kernel frees it when its holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another session builds the cluster's programs; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build_missing(folder: Path) -> None:
    wanted = _missing_from(folder)
    if not wanted:  # the session that held the lock has built them
        return
    folder.mkdir(parents=True, exist_ok=True)
    try:
        go = find_go(at_least=_required_go(), cache=_cache_folder(), say=_say)
    except ToolchainMissing as error:
        raise BinariesMissing(str(error)) from error
    _say(f"building {', '.join(wanted)} with {go}, once: about 8 minutes on two cores")
    for name in wanted:
        _build(name, go=go, folder=folder)


def _required_go() -> tuple[int, ...]:
    found = re.search(r"^go (\d+)\.(\d+)\.(\d+)$", _go_mod(), re.MULTILINE)
    if found is None:
        raise BinariesMissing("tests/cluster/tools/go.mod names no Go version")
    return tuple(map(int, found.groups()))


def _build(name: str, *, go: Path, folder: Path) -> None:
    """Build one program under a temporary name, then rename it: it is whole or not there."""
    unfinished = folder / f".{name}.{os.getpid()}"
    log = folder / f"{name}.log"
    flags = ["-trimpath", "-ldflags", _ldflags(), "-o", str(unfinished)]
    started = time.monotonic()
    build = spawn(
        [go, "build", *flags, PACKAGES[name]], log=log, cwd=TOOLS, environment=_go_environment()
    )
    try:
        status = _wait_aloud(build, what=f"building {name}", started=started)
        if status != 0:
            raise BinariesMissing(f"go build of {name} failed ({log}):\n{tail(log)}")
        unfinished.replace(folder / name)
    finally:
        stop(build, patience=5)
        unfinished.unlink(missing_ok=True)
    log.unlink()
    _say(f"built {name} in {time.monotonic() - started:.0f} s")


def _go_environment() -> dict[str, str]:
    """Return the environment of a build: the user's proxies and caches, but not the flags."""
    fixed = {"CGO_ENABLED": "0", "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    return {**os.environ, **fixed}


def _wait_aloud(build: subprocess.Popen[bytes], *, what: str, started: float) -> int:
    while True:
        try:
            return build.wait(HEARTBEAT_SECONDS)
        except subprocess.TimeoutExpired:
            _say(f"{what}: {time.monotonic() - started:.0f} s")


def _say(line: str) -> None:
    sys.stderr.write(f"cluster tests: {line}\n")
    sys.stderr.flush()


def main() -> int:
    """Find or build the programs and print their paths."""
    try:
        binaries = find()
    except BinariesMissing as error:
        _say(str(error))
        return 1
    for name, path in vars(binaries).items():
        sys.stdout.write(f"{name.replace('_', '-')}: {path or 'missing'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
