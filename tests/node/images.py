"""The images that a node runs: pause and Python made once, the project's built from its Dockerfile.

Nothing of the machine gets into an image: its TLS roots are mounted while a build runs, and its pip
configuration is the secret ``pip.conf``, which a Dockerfile may mount. Neither becomes a layer.
"""

import configparser
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.processes import tail
from tests.conftest import ROOT

from .apart import run_apart
from .base import BASE_IMAGE, BaseImpossible, make_python_base
from .pause import PAUSE_IMAGE, make_pause_image

__all__ = [
    "BASE_IMAGE",
    "PAUSE_IMAGE",
    "BaseImpossible",
    "BuildFailed",
    "build_image",
    "build_project",
    "make_pause_image",
    "make_python_base",
]

BUILD_SECONDS = 600
TLS_ROOTS = Path("/etc/ssl/certs")
PIP_SETTING = re.compile(r"(?P<section>:env:|[\w-]+)\.(?P<key>[\w-]+)=(?P<value>.*)")


class BuildFailed(RuntimeError):
    """buildah ended with an error; the text holds the last lines of its log."""


@dataclass(frozen=True, kw_only=True)
class Store:
    """A storage of buildah's own that holds the base image, and how a build there works."""

    folder: Path
    builder: tuple[str, ...]
    """buildah with its storage, as the start of a command."""
    pip_configuration: Path
    mounts: tuple[Path, ...]

    @property
    def options(self) -> tuple[str, ...]:
        """Return what a build is told here: no registry is asked, and TLS roots are lent."""
        lent = (f"--volume={path}:{path}:ro" for path in self.mounts)
        return ("--isolation=chroot", "--pull=never", "--format=docker", *lent)

    def run(self, *command: str | Path, environment: Mapping[str, str] | None = None) -> None:
        """Run a command that builds. Raises BuildFailed."""
        log = self.folder / "build.log"
        try:
            status = run_apart(
                list(command), log=log, seconds=BUILD_SECONDS, environment=environment
            )
        except subprocess.TimeoutExpired as error:
            raise BuildFailed(f"a build took more than {BUILD_SECONDS} s:\n{tail(log)}") from error
        if status != 0:
            raise BuildFailed(f"{shlex.join(map(str, command))}:\n{tail(log, lines=40)}")

    def save(self, tag: str, *, folder: Path) -> Path:
        """Write an image to an archive in ``folder`` and return that."""
        archive = folder.resolve() / f"{re.sub(r'[^a-z0-9.]+', '-', tag)}.tar"
        archive.unlink(missing_ok=True)
        self.run(*self.builder, "push", "--quiet", tag, f"docker-archive:{archive}:{tag}")
        return archive


@contextmanager
def open_store(folder: Path) -> Iterator[Store]:
    """Yield a storage below ``folder`` that goes afterwards, with ``BASE_IMAGE`` in it."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".build-") as scratch:
        place = Path(scratch).resolve()
        storage = (f"--root={place / 'root'}", f"--runroot={place / 'run'}")
        pip_configuration = place / "pip.conf"
        store = Store(
            folder=place,
            builder=("buildah", *storage, "--storage-driver=overlay"),
            pip_configuration=pip_configuration,
            mounts=(TLS_ROOTS, *_write_pip_configuration(pip_configuration)),
        )
        store.run(*store.builder, "pull", "--quiet", f"docker-archive:{make_python_base()}")
        yield store


def build_image(context: Path, *, tag: str, folder: Path) -> Path:
    """Build the Dockerfile of a folder on ``BASE_IMAGE`` and return the archive in ``folder``.

    Raises BuildFailed.
    """
    with open_store(folder) as store:
        store.run(
            *(*store.builder, "build", *store.options, f"--tag={tag}"),
            f"--build-arg=PYTHON_IMAGE={BASE_IMAGE}",
            f"--secret=id=pip.conf,src={store.pip_configuration}",
            context,
        )
        return store.save(tag, folder=folder)


def build_project(*, tag: str, folder: Path) -> Path:
    """Build the project's image as ``make image`` does and return the archive in ``folder``.

    Raises BuildFailed.
    """
    with open_store(folder) as store:
        environment = {
            "IMAGE": tag,
            "PYTHON_IMAGE": BASE_IMAGE,
            "PIP_CONFIG_FILE": str(store.pip_configuration),
            "IMAGE_OPTIONS": " ".join(store.options),
            "BUILDER": " ".join(store.builder),
        }
        store.run(ROOT / "image" / "build", environment=os.environ | environment)
        return store.save(tag, folder=folder)


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
