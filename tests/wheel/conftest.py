"""A new Django site into which the wheel is put, once, as the README says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sample_upstream import SampleUpstream
from tests.conftest import ROOT, make_environment

PRINTED_URL = "https://host/api/v2/public/d-order/booths/"
OF_A_WEB_PART = ("booth/web/templates/booth/console.html", "booth/web/static/booth/console.css")
NOT_OF_THE_APP = ("django-environ=", "psycopg[binary]=", "psycopg-binary=")
"""What ``requirements/run.txt`` has for ``project/`` and for the extra ``postgres``."""


@dataclass(frozen=True)
class Site:
    """A Django site with a virtual environment of its own, and what its commands printed."""

    folder: Path
    environment: dict[str, str]
    printed: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)

    def run(self, line: str, *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a line of shell, by default beside ``manage.py``; it must succeed."""
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=cwd or self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"$ {line}\n{done.stdout}{done.stderr}"
        self.printed[line] = done
        return done


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this folder that also has a template and a static file, as a web part will."""
    folder = tmp_path_factory.mktemp("checkout")
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.split("\0") if (ROOT / name).is_file()]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    for name in OF_A_WEB_PART:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.fixture(scope="session")
def festival() -> Iterator[SampleUpstream]:
    """A sample D-Order for all tests of the site."""
    with SampleUpstream() as server:
        yield server


@pytest.fixture(scope="session")
def new_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site as ``startproject`` makes it, with the packages that the app needs, as locked."""
    home = tmp_path_factory.mktemp("home")
    subprocess.run([sys.executable, "-m", "venv", home / "venv"], check=True)
    site = Site(
        home / "festival",
        make_environment(
            PATH=f"{home / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
            VIRTUAL_ENV=str(home / "venv"),
            PIP_DISABLE_PIP_VERSION_CHECK="1",
            PIP_NO_COMPILE="1",  # most of Django is never imported here
            PYTHONDONTWRITEBYTECODE="",
        ),
    )
    locked = re.split(r"\n(?=\S)", (ROOT / "requirements" / "run.txt").read_text())
    wanted = [each for each in locked if not each.startswith(NOT_OF_THE_APP)]
    assert len(wanted) == len(locked) - len(NOT_OF_THE_APP)
    (home / "app.txt").write_text("\n".join(wanted))
    site.run("pip install --quiet --require-hashes -r app.txt", cwd=home)
    site.run("django-admin startproject festival", cwd=home)
    return site


@pytest.fixture(scope="session")
def site(new_site: Site, checkout: Path, festival: SampleUpstream) -> Site:
    """The new site after each step of the README, as printed."""
    build, settings, commands, program = read_steps()
    # what pip would still have to fetch is a dependency that run.txt lacks
    new_site.environment.update(PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    for line in read_commands(build):
        new_site.run(line, cwd=checkout)
    assert settings.count(PRINTED_URL) == 1
    with (new_site.folder / "festival" / "settings.py").open("a") as file:
        file.write(settings.replace(PRINTED_URL, festival.url))
    for line in read_commands(commands):
        new_site.run(line)
    (new_site.folder / "program.txt").write_text(program)
    new_site.run('python manage.py shell -v0 --command "$(cat program.txt)"')
    return new_site


def read_steps() -> list[str]:
    """Return what the README's section prints: build, settings, commands, program."""
    heading = r"^## In a Django site of your own\n(.*?)^## "
    section = re.findall(heading, (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    [blocks] = [re.findall(r"^```(\w+)\n(.*?)^```$", each, re.M | re.S) for each in section]
    assert [language for language, _ in blocks] == ["console", "python", "console", "python"]
    return [text for _, text in blocks]


def read_commands(block: str) -> list[str]:
    """Return the lines of a console block without their prompts."""
    commands = re.findall(r"^\$ (.+)$", block, re.MULTILINE)
    assert len(commands) == len(block.splitlines())
    return commands
