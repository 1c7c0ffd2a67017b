"""The images that a node runs: pause and Python made once, the project's built from its Dockerfile.

Nothing of the machine gets into an image: its TLS roots are mounted while a build runs, and its pip
configuration is the secret ``pip.conf``, which a Dockerfile may mount. Neither becomes a layer.
"""

import configparser
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.cluster.processes import tail

from .apart import run_apart
from .base import BASE_IMAGE, BaseImpossible, make_python_base
from .pause import PAUSE_IMAGE, make_pause_image

__all__ = [
    "BASE_IMAGE",
    "PAUSE_IMAGE",
    "BaseImpossible",
    "BuildFailed",
    "build_image",
    "make_pause_image",
    "make_python_base",
]

BUILD_SECONDS = 600
TLS_ROOTS = Path("/etc/ssl/certs")
PIP_SETTING = re.compile(r"(?P<section>:env:|[\w-]+)\.(?P<key>[\w-]+)=(?P<value>.*)")


class BuildFailed(RuntimeError):
    """buildah ended with an error; the text holds the last lines of its log."""


def build_image(
    context: Path,
    *,
    tag: str,
    folder: Path,
    base: Path | None = None,
    arguments: Mapping[str, str] | None = None,
) -> Path:
    """Build the Dockerfile of a folder and return the image's archive in ``folder``.

    ``base`` is the archive of the image that its ARG PYTHON_IMAGE names (``BASE_IMAGE`` unless
    told otherwise), ``arguments`` are further ones. No registry is asked. Raises BuildFailed.
    """
    archive = folder.resolve() / f"{re.sub(r'[^a-z0-9.]+', '-', tag)}.tar"
    archive.unlink(missing_ok=True)
    wanted = {"PYTHON_IMAGE": BASE_IMAGE, **(arguments or {})}
    with tempfile.TemporaryDirectory(dir=folder, prefix=".build-") as scratch:
        store = Path(scratch).resolve()
        mounts = [TLS_ROOTS, *_write_pip_configuration(store / "pip.conf")]
        _buildah(store, "pull", "--quiet", f"docker-archive:{base or make_python_base()}")
        _buildah(
            store,
            *("bud", "--isolation=chroot", "--pull=never", "--format=docker", f"--tag={tag}"),
            *(f"--build-arg={name}={value}" for name, value in wanted.items()),
            *(f"--volume={path}:{path}:ro" for path in mounts),
            f"--secret=id=pip.conf,src={store / 'pip.conf'}",
            context,
        )
        _buildah(store, "push", "--quiet", tag, f"docker-archive:{archive}:{tag}")
    return archive


def _buildah(store: Path, *arguments: str | Path) -> None:
    """Run buildah with a storage of its own."""
    log = store / "buildah.log"
    storage = (f"--root={store / 'root'}", f"--runroot={store / 'run'}", "--storage-driver=overlay")
    try:
        status = run_apart(["buildah", *storage, *arguments], log=log, seconds=BUILD_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise BuildFailed(f"buildah took more than {BUILD_SECONDS} s:\n{tail(log)}") from error
    if status != 0:
        raise BuildFailed(f"{shlex.join(map(str, arguments))}:\n{tail(log, lines=40)}")


def _write_pip_configuration(path: Path) -> list[Path]:
    """Write what pip is told here to one file; return the files and folders that it names."""
    settings = list(_pip_settings())
    configuration = configparser.RawConfigParser()
    for section, key, value in settings:
        if not configuration.has_section(section):
            configuration.add_section(section)
        configuration.set(section, key, value)
    with path.open("w") as output:
        configuration.write(output)
    named = [Path(value) for *_, value in settings if value.startswith("/")]
    return [each for each in named if each.exists() and TLS_ROOTS not in each.parents]


def _pip_settings() -> Iterator[tuple[str, str, str]]:
    """Yield section, key and value of what pip is told here, by files and by the environment."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    for line in listed.splitlines():
        found = PIP_SETTING.fullmatch(line)
        if found:
            section = "global" if found["section"] == ":env:" else found["section"]
            yield section, found["key"], "\n".join(shlex.split(found["value"]))
