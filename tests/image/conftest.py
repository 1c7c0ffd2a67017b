"""The image, built once for all its tests from the Dockerfile, and unpacked."""

from pathlib import Path

import pytest

from tests.node.images import build_project, make_python_base
from tests.node.obstacles import end_without_a_node

from .unpacked import Image, unpack


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image on a Python base made here, built as ``make image`` does."""
    end_without_a_node()
    folder = tmp_path_factory.mktemp("image")
    archive = build_project(tag="localhost/booth-sync:test", folder=folder)
    return unpack(archive, folder=folder / "root")


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The Python base that it is built on."""
    return unpack(make_python_base(), folder=tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def files(image: Image) -> list[Path]:
    """Every file of the image, as its path inside."""
    root = image.root
    return [Path("/") / path.relative_to(root) for path in root.rglob("*") if path.is_file()]
