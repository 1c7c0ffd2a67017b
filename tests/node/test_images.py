"""Images are built without a registry, and nothing of the machine stays in them."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from .images import BuildFailed, build_image
from .node import Node
from .pods import make_namespace, output_of, start_pod, wait_for_phase

TAG = "localhost/booth-sync/built:1"
DOCKERFILE = """\
ARG PYTHON_IMAGE
FROM ${PYTHON_IMAGE} AS build
RUN python -m venv /opt/venv
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \\
    /opt/venv/bin/pip config list && /opt/venv/bin/pip install --no-cache-dir iniconfig==2.1.0
FROM ${PYTHON_IMAGE}
COPY --from=build /opt/venv /opt/venv
RUN ls /etc/ssl/certs > /dev/null
USER 10001:10001
"""
IMPORT = "import sys; sys.path += ['/opt/venv/lib/python3.13/site-packages']; import iniconfig"


def files_in(archive: Path) -> dict[str, int]:
    """Return the names and sizes of the files that the layers above the base add."""
    with tarfile.open(archive) as image:
        (manifest,) = json.load(_open(image, "manifest.json"))
        found: dict[str, int] = {}
        for name in manifest["Layers"][1:]:
            with tarfile.open(fileobj=_open(image, name)) as layer:
                found |= {entry.name: entry.size for entry in layer if entry.isfile()}
        return found


def _open(image: tarfile.TarFile, name: str) -> io.BytesIO:
    member = image.extractfile(name)
    assert member
    return io.BytesIO(member.read())


def test_a_built_image_runs_and_holds_nothing_of_the_machine(node: Node, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    archive = build_image(tmp_path, tag=TAG, folder=tmp_path)
    node.import_image(archive)
    namespace = make_namespace(node, "built")
    start_pod(node, "built", namespace=namespace, image=TAG, program=f"{IMPORT}; print('in it')")
    wait_for_phase(node, "built", namespace=namespace)
    assert output_of(node, "built", namespace=namespace) == "in it"
    written = {name: size for name, size in files_in(archive).items() if size}
    assert written
    assert not [name for name in written if not name.startswith("opt/venv/")]


def test_a_build_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("ARG PYTHON_IMAGE\nFROM ${PYTHON_IMAGE}\nRUN cat /none\n")
    with pytest.raises(BuildFailed, match="No such file"):
        build_image(tmp_path, tag=TAG, folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["Dockerfile"]
