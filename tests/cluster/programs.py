"""The programs of the cluster and node tests: built once from pinned Go modules, then kept.

Each folder ``tools/…`` is a Go module that pins programs by its ``go.mod`` and ``go.sum``. They are
built into a cache outside the repository (``BOOTH_TEST_CACHE``, else the user's cache), one by one
as they are asked for.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .modules import MODULES, BinariesMissing, Module, cache_folder
from .processes import spawn, stop, tail
from .toolchain import ToolchainMissing, find_go

HEARTBEAT_SECONDS = 30


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
    flags = ["-trimpath", "-tags", module.tags, "-ldflags", module.ldflags()]
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".{name}-") as scratch:
        if module.stubs:
            flags += ["-modfile", str(_complete_source(module, go=go, scratch=Path(scratch)))]
        output = ["-o", str(unfinished), module.packages[name]]
        command: list[str | Path] = [go, "build", *flags, *output]
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


def _complete_source(module: Module, *, go: Path, scratch: Path) -> Path:
    """Return a ``go.mod`` that builds from a copy of the module's source that has its stubs.

    Go refuses to overlay files in its own cache, and checks what is copied against ``go.sum``.
    """
    told = subprocess.run(
        [go, "mod", "download", "-json", module.source],
        cwd=module.folder,
        env=go_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode != 0:
        raise BinariesMissing(f"go mod download of {module.source} failed:\n{told.stderr}")
    source = scratch / "source"
    shutil.copytree(json.loads(told.stdout)["Dir"], source, copy_function=shutil.copyfile)
    for folder in (source, *source.rglob("*/")):
        folder.chmod(0o755)  # Go's cache is read-only
    for stub in module.stubs:
        (source / stub).parent.mkdir(parents=True, exist_ok=True)
        (source / stub).write_text("This program was built without its pages.\n")
    go_mod = scratch / "go.mod"
    pinned = (module.folder / "go.mod").read_text()
    go_mod.write_text(f"{pinned}\nreplace {module.source} => {source}\n")
    shutil.copyfile(module.folder / "go.sum", scratch / "go.sum")
    return go_mod
