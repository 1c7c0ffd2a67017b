"""Container images written by hand: one layer and its configuration as a docker archive."""

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def write_image(archive: Path, *, layer: Path, tag: str, config: Mapping[str, Any]) -> None:
    """Write an image of one layer (a tar file) to ``archive``.

    ``config`` is what the image specification calls so: Entrypoint, Env, User.
    """
    digest = _sha256(layer)
    content = json.dumps(
        {
            "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
            "os": "linux",
            "config": dict(config),
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
            "history": [{"created_by": "tests/node"}],
        }
    ).encode()
    name = f"{hashlib.sha256(content).hexdigest()}.json"
    manifest = [{"Config": name, "RepoTags": [tag], "Layers": [f"{digest}.tar"]}]
    with tarfile.open(archive, "w") as output:
        _add(output, name, content)
        output.add(layer, arcname=f"{digest}.tar")
        _add(output, "manifest.json", json.dumps(manifest).encode())


def write_layer(layer: Path, *, programs: Mapping[str, Path]) -> None:
    """Write a layer that holds these programs and nothing else."""
    with tarfile.open(layer, "w") as output:
        for name, program in programs.items():
            entry = output.gettarinfo(str(program), arcname=name)
            entry.uid = entry.gid = entry.mtime = 0
            entry.uname = entry.gname = ""
            entry.mode = 0o755
            with program.open("rb") as content:
                output.addfile(entry, content)


def _add(output: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    output.addfile(entry, io.BytesIO(content))


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
