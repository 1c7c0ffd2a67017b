"""The README's first command: it shows everything and touches nothing."""

from __future__ import annotations

import hashlib
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from project.settings import run
from sample_upstream import SampleUpstream
from tests.conftest import ROOT, make_environment, run_command

HOSTILE = {
    "BOOTH_SYNC_ENVIRONMENT": "production",
    "BOOTH_SYNC_FETCH_TIMEOUT": "0",
    "DJANGO_SETTINGS_MODULE": "no.such.settings",
    "PGHOST": "db.invalid",
    "TIME_ZONE": "Nowhere/Else",
    "http_proxy": "http://proxy.invalid:3128",
}


def run_demo(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run the demonstration in a shell with these variables."""
    return subprocess.run(
        [sys.executable, "-m", "sample_upstream.demo"],
        cwd=ROOT,
        env=make_environment(**variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_demo_syncs_a_living_upstream_and_ends_well() -> None:
    shown = run_demo()
    assert shown.returncode == 0, shown.stderr
    first, dry, second, third, again = shown.stdout.split("$ python manage.py booth_sync sync")[1:]
    assert "부스: 생성 15" in first
    assert "미리 보기" in dry
    assert "→" in dry
    assert "생성 1 · 변경" in second
    assert "사라짐 1" in third
    assert "생성 0 · 변경 0" in again
    assert "마지막 성공: #4" in again


@pytest.mark.parametrize("suffix", ["", "_FILE"])
def test_the_demo_touches_nothing_of_a_real_site(
    suffix: str, tmp_path: Path, upstream: SampleUpstream
) -> None:
    database, log = tmp_path / "site.sqlite3", tmp_path / "site.log"
    url = f"sqlite:///{database}"
    for arguments in (["migrate", "--verbosity=0"], ["booth_sync", "sync"]):
        ended = run_command(*arguments, DATABASE_URL=url, BOOTH_SYNC_API_URL=upstream.url)
        assert ended.returncode == 0, ended.stderr
    before = hashlib.sha256(database.read_bytes()).digest()
    upstream.forget_requests()
    with socket.create_server(("127.0.0.1", 0)) as gateway:
        gateway.setblocking(False)
        values = dict.fromkeys(run.env.variables, "nonsense") | {
            "DATABASE_URL": url,
            "BOOTH_SYNC_API_URL": upstream.url,
            "BOOTH_SYNC_PUSHGATEWAY_URL": f"http://127.0.0.1:{gateway.getsockname()[1]}",
            "BOOTH_SYNC_LOG_FILE": str(log),
        }
        shown = run_demo(**(HOSTILE | set_all(values, suffix=suffix, folder=tmp_path)))
        assert shown.returncode == 0, shown.stdout + shown.stderr
        with pytest.raises(BlockingIOError):
            gateway.accept()
    assert upstream.requests == []
    assert hashlib.sha256(database.read_bytes()).digest() == before
    assert not log.exists()


def set_all(values: dict[str, str], *, suffix: str, folder: Path) -> dict[str, str]:
    """Return variables with these values, or with files that hold them."""
    if not suffix:
        return values
    for name, value in values.items():
        (folder / name).write_text(value)
    return {f"{name}{suffix}": str(folder / name) for name in values}


def test_the_demo_works_in_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "a b+c#d$e'f\"g%20h?한글"
    for name in ("booth", "project", "sample_upstream"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy2(ROOT / "manage.py", folder)
    (folder / "tmp").mkdir()
    shown = subprocess.run(
        [sys.executable, "-m", "sample_upstream.demo"],
        cwd=folder,
        env=make_environment(TMPDIR=str(folder / "tmp")),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert list((folder / "tmp").iterdir()) == []
