"""What a new site has after the steps of the README."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sample_upstream import SampleUpstream

from .conftest import Site

LINE = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO booth\.sync\.?\w* 부스 데이터 저장 완료: \d+개"


def test_the_checks_find_nothing_wrong(site: Site) -> None:
    checked = site.printed["python manage.py check"]
    assert checked.stdout.strip() == "System check identified no issues (0 silenced)."
    assert checked.stderr == ""


def test_the_sync_brings_what_d_order_has(site: Site, festival: SampleUpstream) -> None:
    booths = festival.world.booths
    names = {squeeze(booth.name) for booth in booths}
    assert f"부스: 생성 {len(names)} " in site.printed["python manage.py booth_sync sync"].stdout
    assert {name for (name,) in query(site, "SELECT name FROM booth_booth")} == names
    menus = {(squeeze(booth.name), squeeze(menu.name)) for booth in booths for menu in booth.menus}
    stored = query(
        site, "SELECT b.name, m.name FROM booth_menu m JOIN booth_booth b ON b.id = m.booth_id"
    )
    assert set(stored) == menus
    assert len(stored) == len(menus)


def test_the_sync_is_logged_as_the_settings_say(site: Site) -> None:
    logged = site.printed["python manage.py booth_sync sync"].stderr
    assert re.search(LINE, logged, re.MULTILINE), logged


def test_the_program_syncs_and_prints_when_that_was(site: Site) -> None:
    [program] = [done for line, done in site.printed.items() if "shell" in line]
    last_update = datetime.fromisoformat(program.stdout.strip())
    assert timedelta() <= datetime.now(UTC) - last_update < timedelta(minutes=10)
    shown = json.loads(site.run("python manage.py booth_sync runs --json").stdout)
    runs = [(run["trigger"], run["status"]) for run in shown]
    assert runs == [("api", "succeeded"), ("cli", "succeeded")]


def test_the_database_has_the_limits(site: Site) -> None:
    assert query(site, "PRAGMA journal_mode") == [("wal",)]


def test_the_migrations_of_the_package_are_complete_in_the_site(site: Site) -> None:
    site.run("python manage.py makemigrations --check --dry-run")


def test_pip_finds_nothing_missing(site: Site) -> None:
    assert site.run("pip check").stdout.strip() == "No broken requirements found."


def test_the_app_is_the_installed_one(site: Site) -> None:
    where = site.run("python -c 'import booth; print(booth.__file__)'").stdout.strip()
    assert "site-packages" in Path(where).parts
    assert Path(where).is_relative_to(site.environment["VIRTUAL_ENV"])


def test_mypy_sees_the_types(site: Site, tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text(
        "from booth.dorders import get_sync_status, sync_booth_data_once\n"
        "reveal_type(sync_booth_data_once())\nget_sync_status(1)\n"
    )
    python = Path(site.environment["VIRTUAL_ENV"]) / "bin" / "python"
    mypy = [sys.executable, "-m", "mypy", "--python-executable", str(python), "--config-file=", "."]
    told = subprocess.run(mypy, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert 'Revealed type is "bool"' in told, told
    assert 'Too many arguments for "get_sync_status"' in told


def squeeze(name: str) -> str:
    """Return a name of the sample as it is stored: its white space is untidy, as D-Order's is."""
    return " ".join(name.split())


def query(site: Site, statement: str) -> list[Any]:
    """Return the rows that the site's database has for ``statement``."""
    with closing(sqlite3.connect(site.folder / "db.sqlite3")) as connection:
        return connection.execute(statement).fetchall()
