"""What is in the wheel, and what it says about itself."""

from __future__ import annotations

import ast
import re
import sys
from email import message_from_bytes
from email.message import Message
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

from booth import __version__
from tests.conftest import ROOT

from .conftest import OF_A_WEB_PART, Site

INFO = f"booth_sync-{__version__}.dist-info"


@pytest.fixture(scope="session")
def wheel(site: Site, checkout: Path) -> ZipFile:
    """The wheel that the site has installed."""
    [path] = (checkout / "dist").iterdir()
    return ZipFile(path)


@pytest.fixture(scope="session")
def metadata(wheel: ZipFile) -> Message:
    """What the wheel says about itself."""
    return message_from_bytes(wheel.read(f"{INFO}/METADATA"))


def test_it_holds_each_file_of_the_app_and_nothing_else(wheel: ZipFile, checkout: Path) -> None:
    files = {
        str(path.relative_to(checkout))
        for path in (checkout / "booth").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    migration = "booth/migrations/0001_initial.py"
    assert {migration, "booth/py.typed", *OF_A_WEB_PART} <= files
    about = {name for name in wheel.namelist() if name.startswith(f"{INFO}/")}
    assert set(wheel.namelist()) - about == files
    assert f"{INFO}/licenses/LICENSE" in about


def test_it_has_the_version_that_the_app_names(metadata: Message) -> None:
    assert metadata["Version"] == __version__


def test_it_requires_what_the_app_imports_and_its_extras_the_rest(metadata: Message) -> None:
    lines = "\n".join(metadata.get_all("Requires-Dist", []))
    required = dict(re.findall(r"^([\w-]+)(?:[^;\n]*)(?:; extra == '(\w+)')?$", lines, re.M))
    assert len(required) == len(lines.splitlines())
    extras = {name: extra for name, extra in required.items() if extra}
    wanted = {"kubernetes": "kubernetes", "psycopg": "postgres"}
    wanted |= {"djangorestframework": "web", "drf-spectacular-sidecar": "web"}
    assert extras == wanted
    unseen = {"psycopg", "drf-spectacular-sidecar"}  # Django imports the one, and serves the other
    assert list_imported() == set(required) - unseen


def test_it_has_an_extra_for_each_part_that_not_every_site_needs(metadata: Message) -> None:
    assert set(metadata.get_all("Provides-Extra", [])) == {"kubernetes", "postgres", "web"}


def test_the_extras_that_the_readme_names_exist(metadata: Message) -> None:
    named = re.findall(r"\.whl\[([\w,]+)\]", (ROOT / "README.md").read_text())
    assert named
    assert set(",".join(named).split(",")) <= set(metadata.get_all("Provides-Extra", []))


def list_imported() -> set[str]:
    """Return the distributions whose packages the app imports, at the top or in a function."""
    packages: set[str] = set()
    for path in (ROOT / "booth").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                packages |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                packages.add(node.module.partition(".")[0])
    owners = packages_distributions()
    foreign = packages - set(sys.stdlib_module_names) - {"booth"}
    return {owner.lower().replace("_", "-") for name in foreign for owner in owners[name]}
