"""A site with a `booth` app of its own takes over the sync by the steps of docs/adopting.md."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sample_upstream import SampleUpstream
from tests.adopting.steps import carry_out
from tests.conftest import ROOT, make_environment, run_command
from tests.faults.databases import Database, Row, fresh_database
from tests.faults.processes import sync

pytestmark = pytest.mark.database

SITE = Path(__file__).parent / "site"
BAR, ENGINEERS = "엘레펜테 - 만해광장", "공과대학 (원흥관)"
FRESH, GONE, HAND_MADE = "북한학과", "작년 부스", "총학생회 안내소"
BOOTHS = (
    "SELECT b.name, b.place, b.likes, b.is_dorder, b.missing_since IS NULL, d.all_table, "
    "d.usage_table, d.description, d.image_url FROM booth_booth b "
    "LEFT JOIN booth_boothdetail d ON d.booth_id = b.id ORDER BY b.id"
)
MENUS = (
    "SELECT b.name, m.name, m.price, m.ingredient, m.sold, m.is_best, m.missing_since IS NULL "
    "FROM booth_menu m JOIN booth_booth b ON b.id = m.booth_id ORDER BY m.id"
)
VISITS = (
    "SELECT v.visitor, b.name FROM visits_visit v JOIN booth_booth b ON b.id = v.booth_id "
    "ORDER BY v.id"
)
AUTOMATIC = "D-Order 자동 업데이트: "


class Site:
    """The site in a folder and a database of its own, beside a sample D-Order."""

    def __init__(self, folder: Path, database: Database, upstream: SampleUpstream) -> None:
        self.folder = folder
        self.database = database
        self.environment = make_environment(
            CHECKOUT=str(ROOT),
            PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            PYTHONDONTWRITEBYTECODE="1",
            DATABASE_URL=database.url,
            SECRET_KEY="a-key-of-the-festival-site-that-is-long-enough-to-be-one",
            BOOTH_SYNC_API_URL=upstream.url,
        )

    def manage(self, *arguments: str) -> Any:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def sync(self) -> tuple[int, Any]:
        ended = self.manage("booth_sync", "sync", "--json")
        assert "Traceback" not in ended.stderr, ended.stderr
        return ended.returncode, json.loads(ended.stdout)

    def get(self, path: str) -> Any:
        script = (
            "from django.test import Client; "
            f"print(Client().get({path!r}, HTTP_HOST='localhost').content.decode())"
        )
        return json.loads(self.manage("shell", "-v", "0", "-c", script).stdout)

    def read(self) -> list[list[Row]]:
        return [self.database.query(sql) for sql in (BOOTHS, MENUS, VISITS)]

    def rewrite(self, old: str, new: str) -> None:
        models = self.folder / "booth" / "models.py"
        text = models.read_text()
        assert old in text
        models.write_text(text.replace(old, new))


@contextmanager
def predecessor(folder: Path, upstream: SampleUpstream) -> Iterator[Site]:
    """Yield the site as it was before, with its rows."""
    shutil.copytree(SITE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    with fresh_database(migrated=False) as database:
        site = Site(folder, database, upstream)
        for arguments in (("migrate",), ("loaddata", "rows.json")):
            ended = site.manage(*arguments)
            assert ended.returncode == 0, ended.stderr
        yield site


@pytest.fixture(scope="module")
def upstream() -> Iterator[SampleUpstream]:
    with SampleUpstream(booths=3, menus=3) as server:
        yield server


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, upstream: SampleUpstream
) -> Iterator[tuple[Site, str]]:
    """The site after the last step, and what the steps' commands printed."""
    with predecessor(tmp_path_factory.mktemp("adopting") / "site", upstream) as adopted:
        yield adopted, carry_out(adopted.folder, environment=adopted.environment)


def test_the_steps_find_the_twins(site: tuple[Site, str]) -> None:
    found = [line for line in site[1].splitlines() if "\t" in line]
    assert found == [f"{BAR}\t2", f"{ENGINEERS}\t2", "1\t떡볶이\t2"]


def test_the_steps_leave_no_migration_to_make(site: tuple[Site, str]) -> None:
    assert site[0].manage("makemigrations", "--check", "--dry-run").returncode == 0


def test_the_sync_brings_booths_in_line_and_keeps_what_is_peoples(site: tuple[Site, str]) -> None:
    booths, menus, _ = site[0].read()
    assert [(*row[:5], row[5:7], row[8]) for row in booths] == [
        (BAR, "만해광장 3번", 9, 1, 1, (10, 6), "https://festival.example/1.png"),
        ("공과대학 (원흥관)", "원흥관 앞", 5, 1, 1, (12, 10), "https://festival.example/3.png"),
        (GONE, "팔정도", 40, 1, 0, (None, None), None),
        (HAND_MADE, "본관", 1, 0, 1, (None, None), ""),
        (FRESH, "", 0, 1, 1, (12, 6), ""),
    ]
    texts = {row[0]: row[7] for row in booths}
    assert texts[BAR].startswith(AUTOMATIC)
    assert texts[FRESH].startswith(AUTOMATIC)
    assert (texts[ENGINEERS], texts[HAND_MADE]) == ("손으로 쓴 소개", "분실물도 받습니다.")
    assert sorted(menus) == sorted(
        [
            (BAR, "떡볶이", 6000, 48, 0, True, True),
            (BAR, "라면", 4000, 27, 0, False, True),
            (BAR, "테이블 이용료", 0, 999_999, 0, False, True),
            (ENGINEERS, "닭꼬치", 3500, 40, 0, True, True),
            (ENGINEERS, "단종된 메뉴", 1000, 1, 0, False, False),
            (ENGINEERS, "생수", 0, 55, 0, False, True),
            (ENGINEERS, "테이블 이용료(1인당)", 0, 999_999, 0, False, True),
            (FRESH, "소시지야채볶음", 0, 13, 0, False, True),
            (FRESH, "치즈계란말이", 0, 34, 0, False, True),
            (FRESH, "테이블 이용료", 0, 999_999, 0, False, True),
        ]
    )


def test_a_new_booth_gets_what_the_sites_own_fields_fill_in(site: tuple[Site, str]) -> None:
    rows = site[0].database.query(
        "SELECT name, is_open, created_at > '2026-05-02' FROM booth_booth "
        "WHERE is_dorder ORDER BY id"
    )
    old = [(name, False, False) for name in (BAR, ENGINEERS, GONE)]
    assert rows == [*old, (FRESH, True, True)]


def test_what_pointed_at_a_twin_points_at_the_booth_that_stayed(site: tuple[Site, str]) -> None:
    visits = site[0].read()[2]
    assert visits == [("가", BAR), ("나", BAR), ("다", ENGINEERS), ("라", HAND_MADE)]


def test_the_next_sync_writes_nothing(site: tuple[Site, str]) -> None:
    before = site[0].read()
    code, document = site[0].sync()
    assert (code, document["status"]) == (0, "succeeded")
    for entity, unchanged in (("booths", 3), ("menus", 9)):
        counts = document["counts"][entity]
        written = {counts[result] for result in ("created", "updated", "missing")}
        assert (written, counts["unchanged"]) == ({0}, unchanged)
    assert site[0].read() == before


def test_the_pages_hide_what_is_missing(site: tuple[Site, str]) -> None:
    shown = {booth["name"]: booth["id"] for booth in site[0].get("/booths/")["booths"]}
    assert set(shown) == {BAR, ENGINEERS, FRESH, HAND_MADE}
    menus = {menu["name"] for menu in site[0].get(f"/booths/{shown[ENGINEERS]}/")["menus"]}
    assert menus == {"닭꼬치", "생수", "테이블 이용료(1인당)"}


def test_nothing_starts_with_the_site(site: tuple[Site, str]) -> None:
    assert "ready" not in (site[0].folder / "booth" / "apps.py").read_text()
    status = json.loads(site[0].manage("booth_sync", "status", "--json").stdout)
    assert (status["thread_alive"], status["rows"]["booths"]) == (False, 4)


def test_a_step_left_out_is_said_in_a_sentence(
    site: tuple[Site, str], tmp_path: Path, upstream: SampleUpstream
) -> None:
    shutil.copytree(site[0].folder, tmp_path / "site")
    with fresh_database(migrated=False) as database:
        copy = Site(tmp_path / "site", database, upstream)
        assert copy.manage("migrate").returncode == 0
        for old, new, fields in (
            ("max_length=100", "max_length=30", "booth.Booth.name, booth.Menu.name"),
            ("likes = models.IntegerField(default=0)", "likes = models.IntegerField()", "likes"),
        ):
            copy.rewrite(old, new)
            code, document = copy.sync()
            assert (code, document["error"]["code"]) == (78, "schema")
            assert fields in document["error"]["message"]
            assert "docs/adopting.md" in document["error"]["message"]
            copy.rewrite(new, old)
        assert copy.sync()[0] == 0


def test_a_namesakes_tables_are_refused(tmp_path: Path, upstream: SampleUpstream) -> None:
    with predecessor(tmp_path / "site", upstream) as site:
        rows = site.database.query("SELECT * FROM booth_booth ORDER BY id")
        outcome = sync(site.database, feed=b"{}")
        assert (outcome.code, outcome.error) == (78, "schema")
        assert "docs/adopting.md" in outcome.document["error"]["message"]
        for verb in ("runs", "status"):
            answer = run_command("booth_sync", verb, DATABASE_URL=site.database.url)
            assert (answer.returncode, answer.stderr.count("[schema]")) == (78, 1)
        findings = run_command("booth_sync", "doctor", DATABASE_URL=site.database.url).stdout
        assert "[schema]" in findings
        assert site.database.query("SELECT * FROM booth_booth ORDER BY id") == rows
