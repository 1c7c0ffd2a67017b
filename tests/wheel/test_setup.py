"""``make setup`` and ``make demo`` mend the virtual environment, or say what they need."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.waiting import wait_for
from tests.conftest import ROOT

MAKE_VENV = ROOT / "requirements" / "make-venv"
BUILDING_SECONDS = 120


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment that no test leaves broken."""
    folder = tmp_path_factory.mktemp("a b+c#d$e'f\"g%h한글")
    (folder / "none.txt").write_text("# nothing but pip\n")
    make_venv(folder)
    return folder


def begin(folder: Path, **variables: str) -> subprocess.Popen[str]:
    """Start to make the environment, in a process group of its own."""
    inherited = {k: v for k, v in os.environ.items() if k not in {"PYTHON", "VIRTUAL_ENV"}}
    return subprocess.Popen(
        [MAKE_VENV, ".venv", "none.txt"],
        cwd=folder,
        env=inherited | variables,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def make_venv(folder: Path, **variables: str) -> tuple[int, str]:
    """Make the environment; return the exit code and what was said."""
    with begin(folder, **variables) as process:
        _, said = process.communicate(timeout=BUILDING_SECONDS)
    return process.returncode, said


def find_packages(folder: Path) -> Path:
    """Return the folder of an environment's packages."""
    [packages] = (folder / ".venv" / "lib").glob("python3*/site-packages")
    return packages


def remove_pip(folder: Path) -> None:
    """As ``--without-pip`` leaves it."""
    for each in find_packages(folder).glob("pip*"):
        shutil.rmtree(each)


def remove_a_package(folder: Path) -> None:
    """Take away what pip still believes to be there."""
    shutil.rmtree(find_packages(folder) / "pip" / "_vendor")
    next(find_packages(folder).glob("pip-*")).rename(find_packages(folder) / "other-1.dist-info")


def remove_python(folder: Path) -> None:
    """As an upgrade of the system leaves it: a link that leads nowhere."""
    for each in (folder / ".venv" / "bin").glob("python*"):
        each.unlink()
        each.symlink_to("/nonexistent/python3")


def make_python_old(folder: Path) -> None:
    """An interpreter that is too old for everything, as far as one can tell."""
    (folder / ".venv" / "bin" / "python").unlink()
    write_old_python(folder / ".venv" / "bin" / "python")


def write_old_python(path: Path) -> None:
    """Write what answers as Python 3.9 would."""
    path.write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.2 || exit 1\n')
    path.chmod(0o755)


def move(folder: Path) -> None:
    """Let the environment come from another folder, which its scripts name."""
    record = folder / ".venv" / ".installed"
    record.write_text(record.read_text().replace(str(folder), "/elsewhere"))


def kill_it_half_way(folder: Path) -> None:
    """End the making itself, once there is a Python."""
    shutil.rmtree(folder / ".venv")
    with begin(folder) as process:
        wait_for((folder / ".venv" / "bin" / "python").exists)
        os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "harm", [remove_pip, remove_a_package, remove_python, make_python_old, move, kill_it_half_way]
)
def test_it_is_mended(place: Path, harm: Callable[[Path], None]) -> None:
    harm(place)
    assert make_venv(place, PYTHON=sys.executable) == (0, "")
    pip = [str(place / ".venv" / "bin" / "python"), "-m", "pip", "list", "--format=freeze"]
    listed = subprocess.run(pip, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "pip==" in listed


def test_a_sound_one_is_left_alone_with_what_was_added(place: Path) -> None:
    own = find_packages(place) / "my_own_tool.py"
    own.touch()
    assert make_venv(place) == (0, "")
    assert own.exists()


def test_a_newer_python_is_found_and_what_a_link_leads_to_not_cleared(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "precious").touch()
    (tmp_path / ".venv").symlink_to(theirs)
    (tmp_path / "none.txt").touch()
    assert make_venv(tmp_path, PATH=make_path(tmp_path)) == (0, "")
    assert (theirs / "precious").exists()
    assert not (tmp_path / ".venv").is_symlink()


def test_it_says_which_python_it_needs(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    write_old_python(old)
    (tmp_path / "none.txt").touch()
    code, said = make_venv(tmp_path, PYTHON=str(old))
    assert code == 1
    assert f"needs Python 3.11, 3.12 or 3.13 with venv, but {old} is Python 3.9.2;" in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / ".venv").exists()


def make_path(folder: Path) -> str:
    """Return a PATH where ``python3`` is too old, and a newer one has its number."""
    programs = folder / "bin"
    programs.mkdir()
    write_old_python(programs / "python3")
    (programs / "python3.13").symlink_to("/nonexistent/python3.13")
    (programs / "python3.12").symlink_to(sys.executable)
    return f"{programs}{os.pathsep}{os.environ['PATH']}"
