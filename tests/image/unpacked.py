"""An image as a folder, and its processes as a container runtime starts them."""

import json
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WHITEOUT = ".wh."
# The root is mounted read-only, /tmp is memory, and the program is process 1 of its namespace.
ENTER = """
set -e
mount --bind "$0" "$0"
mount --options remount,bind,ro "$0"
mount --types tmpfs tmpfs "$0/tmp"
mount --types proc proc "$0/proc"
exec chroot --userspec="$1" "$0" /usr/bin/env --ignore-environment --chdir="$2" "${@:3}"
"""


@dataclass(frozen=True, kw_only=True)
class Image:
    """Where the files of an image are, its layers' sizes and its configuration."""

    root: Path
    layers: tuple[int, ...]
    """Bytes of each layer, unpacked."""
    config: dict[str, Any]
    """What the image specification calls so: User, Entrypoint, Env, Labels."""

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start the entrypoint with these arguments in a container of a kind."""
        return self.start_program(*self.config["Entrypoint"], *arguments, **variables)

    def start_program(
        self, *command: str, as_user: str = "", **variables: str
    ) -> subprocess.Popen[str]:
        """Start a program: its environment, a read-only root, loopback.

        It runs as the image's user, or as another ``UID:GID``.
        """
        environment = [*self.config["Env"], *(f"{k}={v}" for k, v in variables.items())]
        user, folder = as_user or self.config["User"], self.config["WorkingDir"]
        apart = ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child"]
        entered = [*apart, "bash", "-c", ENTER, str(self.root), user, folder]
        return subprocess.Popen(
            [*entered, *environment, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Run the entrypoint to its end and return its exit code and all it wrote."""
        process = self.start(*arguments, **variables)
        try:
            output, _ = process.communicate(timeout=60)
        finally:
            process.kill()
        return process.returncode, output


def unpack(archive: Path, *, folder: Path) -> Image:
    """Unpack a docker archive, one layer over the other."""
    folder.mkdir(exist_ok=True)
    with tarfile.open(archive) as content:
        manifest = json.load(_open(content, "manifest.json"))[0]
        config = json.load(_open(content, manifest["Config"]))["config"]
        layers = tuple(_unpack_layer(content, name, folder) for name in manifest["Layers"])
    return Image(root=folder, layers=layers, config=config)


def _open(content: tarfile.TarFile, name: str) -> Any:
    return content.extractfile(name)


def _unpack_layer(content: tarfile.TarFile, name: str, folder: Path) -> int:
    with tarfile.open(fileobj=_open(content, name)) as layer:
        members = layer.getmembers()
        for member in members:
            path = Path(member.name)
            if path.name.startswith(WHITEOUT):
                _remove(folder / path.with_name(path.name.removeprefix(WHITEOUT)))
        kept = [member for member in members if WHITEOUT not in member.name and not member.isdev()]
        layer.extractall(folder, members=kept, filter="fully_trusted")
        return sum(member.size for member in kept)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
