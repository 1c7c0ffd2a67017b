"""`manage.py booth_admin`: the first administrator of a new site."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import run_command
from tests.faults.databases import Database, fresh_database
from tests.web.site import manage

pytestmark = pytest.mark.database
NAME, PASSWORD = "BOOTH_SYNC_ADMIN_USERNAME", "BOOTH_SYNC_ADMIN_PASSWORD"
GOOD: dict[str, Any] = {NAME: "minji", PASSWORD: "canary-별빛-축제-2026"}
USERS = "SELECT username, is_superuser, is_staff FROM auth_user ORDER BY 1"


def test_it_makes_one_and_no_second() -> None:
    with fresh_database() as database:
        for words in ("'minji'을(를) 만들었습니다.", "관리자가 이미 있습니다."):
            ended = run_command("booth_admin", DATABASE_URL=database.url, **GOOD)
            assert (ended.returncode, ended.stderr) == (0, "")
            assert words in ended.stdout
        again = run_command("booth_admin", DATABASE_URL=database.url, **(GOOD | {NAME: "jun"}))
        assert again.returncode == 0
        rows = [(name, bool(root), bool(staff)) for name, root, staff in database.query(USERS)]
        assert rows == [("minji", True, True)]
        [(kept,)] = database.query("SELECT password FROM auth_user")
        assert "canary" not in kept


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({NAME: ""}, f"{NAME}과 {PASSWORD}를 설정하세요."),
        ({PASSWORD: ""}, f"{NAME}과 {PASSWORD}를 설정하세요."),
        ({PASSWORD: "12345678901"}, "쓸 수 없습니다"),
        ({PASSWORD: "canary7"}, "쓸 수 없습니다"),
        ({PASSWORD: "password123"}, "쓸 수 없습니다"),
        ({NAME: "festival-canary", PASSWORD: "festival-canary"}, "쓸 수 없습니다"),
        ({NAME: "민지 둘"}, "쓸 수 없습니다"),
        ({NAME: "x" * 151}, "쓸 수 없습니다"),
        ({NAME: "guest"}, "이미 있고 관리자가 아닙니다."),
    ],
)
def test_what_cannot_be_is_told(changes: dict[str, str], words: str) -> None:
    make = "from django.contrib.auth.models import User; User.objects.create_user('guest')"
    with fresh_database() as database:
        manage(database, "shell", "--no-imports", "-c", make)
        ended = run_command("booth_admin", DATABASE_URL=database.url, **(GOOD | changes))
        assert (ended.returncode, ended.stdout) == (78, "")
        assert words in ended.stderr
        assert "[admin]" in ended.stderr
        assert "Traceback" not in ended.stderr
        assert "canary" not in ended.stderr.replace(changes.get(NAME, "canary"), "")
        assert database.query("SELECT count(*) FROM auth_user") == [(1,)]


@pytest.mark.parametrize(("url", "code"), [("", 78), ("postgres://nobody@127.0.0.1:1/x", 75)])
def test_a_database_without_tables_or_that_is_gone_is_told(url: str, code: int) -> None:
    with fresh_database(migrated=False) as database:
        gone = Database(url) if url else database
        ended = run_command("booth_admin", DATABASE_URL=gone.url, **GOOD)
        assert (ended.returncode, ended.stdout) == (code, "")
        assert "Traceback" not in ended.stderr
        assert "canary" not in ended.stderr


def test_a_site_without_the_web_part_says_so() -> None:
    ended = run_command("booth_admin", DJANGO_SETTINGS_MODULE="project.settings.run", **GOOD)
    assert (ended.returncode, "booth.web" in ended.stderr) == (78, True)
