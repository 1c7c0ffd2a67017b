"""The Python image that the project's image is built on here: Debian, without any registry.

It stands in for the official ``python:3.13-slim``: the same Debian, the same Python, and ``python``
in the same place.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.commands import Command
from tests.cluster.processes import tail

from .apart import run_apart
from .archives import write_image
from .cached import make_once

BASE_IMAGE = "localhost/booth-sync/python:3.13"
SUITE = "trixie"
MAKE_SECONDS = 600
PACKAGES = ("python3", "python3-venv", "ca-certificates")
ENVIRONMENT = ("PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8")
# What is the machine's own, and what nobody reads in a container.
UNWANTED = (
    *("etc/apt/sources.list", "etc/apt/apt.conf.d/99mmdebstrap", "etc/resolv.conf", "etc/hostname"),
    "usr/lib/python3*/EXTERNALLY-MANAGED",  # the official image has none
    *("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info"),
)
# How the machine's apt reaches its mirror, and how strict it is with its own clock.
APT_OPTIONS = re.compile(r'Acquire::(?:Check-|Retries|https?::)[^ ]* "[^"]+";')


class BaseImpossible(RuntimeError):
    """The base image could not be made; the text says why."""


def make_python_base() -> Path:
    """Return the archive of ``BASE_IMAGE``, made once (half a minute). Raises BaseImpossible."""
    parts = (SUITE, *PACKAGES, *ENVIRONMENT, *UNWANTED, BASE_IMAGE)
    return make_once("python-base.tar", key="\0".join(parts), make=_make)


def _make(archive: Path, scratch: Path) -> None:
    layer = scratch / "layer.tar"
    log = scratch / "mmdebstrap.log"
    environment = {**os.environ, "TMPDIR": str(scratch)}
    status = run_apart(_mmdebstrap(layer), log=log, seconds=MAKE_SECONDS, environment=environment)
    if status != 0:
        raise BaseImpossible(f"mmdebstrap of {SUITE} failed:\n{tail(log)}")
    config = {"Env": ENVIRONMENT, "Cmd": ["python3"]}
    write_image(archive, layer=layer, tag=BASE_IMAGE, config=config)


def _mmdebstrap(layer: Path) -> Command:
    remove = " ".join(f'"$1"/{path}' for path in UNWANTED)
    link = 'for name in python python3; do ln -s /usr/bin/python3 "$1/usr/local/bin/$name"; done'
    return [
        "mmdebstrap",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        *(f"--aptopt={option}" for option in _apt_options()),
        f"--customize-hook=rm -rf {remove}",
        f"--customize-hook={link}",
        SUITE,
        str(layer),
        _mirror(),
    ]


def _mirror() -> str:
    """Return where the machine's own apt gets a Debian release from."""
    listed = _ask("apt-get", "indextargets", "--format", "$(ORIGIN)|$(CODENAME)|$(REPO_URI)")
    for line in listed.splitlines():
        origin, codename, address = line.split("|", 2)
        if origin == "Debian" and "-" not in codename:  # not its updates, not its security fixes
            return address
    raise BaseImpossible(
        "apt knows no mirror of Debian, which the base image is made from: run apt-get update, or "
        "on another system write a mirror of Debian into /etc/apt/sources.list.d"
    )


def _apt_options() -> Iterator[str]:
    for line in _ask("apt-config", "dump").splitlines():
        if APT_OPTIONS.fullmatch(line):
            yield line


def _ask(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "").strip() or error
        raise BaseImpossible(f"{shlex.join(command)}: {said}") from error
