"""What the base images are made from, and what is said where that cannot be."""

import os
from pathlib import Path

import pytest

from tests.cluster.modules import BinariesMissing

from . import base, pause

APT_GET = """\
#!/bin/sh
while IFS='|' read -r origin codename uri; do
  echo "$3" | sed "s,\\$(ORIGIN),$origin,; s,\\$(CODENAME),$codename,; s,\\$(REPO_URI),$uri,"
done < '{listed}'
"""
OTHERS = "Docker|bookworm|http://docker.example/\nUbuntu|noble|http://ubuntu.example/ubuntu/\n"
DEBIAN = (
    "Debian|bookworm-security|http://security.example/\nDebian|bookworm|http://debian.example/\n"
)


def put_first(program: str, text: str, *, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a script before all other programs of that name."""
    path = folder / "bin" / program
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")


def list_mirrors(text: str, *, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let apt-get know these archives: ``origin|codename|address``, one to a line."""
    (folder / "listed").write_text(text)
    script = APT_GET.format(listed=folder / "listed")
    put_first("apt-get", script, folder=folder, monkeypatch=monkeypatch)


def test_the_base_comes_from_debian_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_mirrors(OTHERS + DEBIAN, folder=tmp_path, monkeypatch=monkeypatch)
    assert base._mirror() == "http://debian.example/"


@pytest.mark.parametrize("listed", ["", OTHERS])
def test_it_says_so_where_apt_knows_no_debian(
    listed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_mirrors(listed, folder=tmp_path, monkeypatch=monkeypatch)
    with pytest.raises(base.BaseImpossible, match="apt knows no mirror of Debian"):
        base._mirror()


def test_a_pause_program_that_cannot_be_built_says_why(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(BinariesMissing, match=r"go build of the pause program failed:\n.*pause"):
        pause._make(tmp_path / "pause.tar", blocked)


def test_the_pause_program_needs_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_first("git", "#!/bin/sh\nexit 128\n", folder=tmp_path, monkeypatch=monkeypatch)
    (tmp_path / "go.env").write_text("GOFLAGS=-buildvcs=true\n")  # as some Go do by themselves
    monkeypatch.setenv("GOENV", str(tmp_path / "go.env"))
    pause._make(tmp_path / "pause.tar", tmp_path)
    assert (tmp_path / "pause.tar").stat().st_size > 0
