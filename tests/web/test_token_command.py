"""`manage.py booth_token`: tokens for programs, from a shell."""

from __future__ import annotations

import pytest

from tests.conftest import run_command
from tests.faults.databases import Database, fresh_database
from tests.web.site import manage

pytestmark = pytest.mark.database
_MAKE = "from django.contrib.auth.models import User; User.objects.create_superuser('minji')"


def test_a_token_is_created_listed_and_revoked() -> None:
    with fresh_database() as database:
        manage(database, "shell", "--no-imports", "-c", _MAKE)
        text = manage(database, "booth_token", "create", "minji", "--name", "cron").strip()
        assert text.startswith("bsk_")
        assert len(text) > 40
        listed = manage(database, "booth_token", "list")
        assert "cron" in listed
        assert "minji" in listed
        assert text not in listed
        assert database.query("SELECT count(*) FROM booth_web_accesstoken") == [(1,)]
        assert "cron" in manage(database, "booth_token", "revoke", "1")
        assert "토큰이 없습니다." in manage(database, "booth_token", "list")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("create", "nobody", "--name", "x"), 64, "'nobody' 사용자가 없습니다."),
        (("create", "minji", "--name", " "), 64, "이름은"),
        (("create", "minji", "--name", "x" * 101), 64, "이름은"),
        (("create", "minji", "--name", "x", "--days", "0"), 64, "기한은"),
        (("create", "minji", "--name", "x", "--days", "401"), 64, "기한은"),
        (("revoke", "77"), 64, "#77 토큰이 없습니다."),
    ],
)
def test_what_cannot_be_is_told(arguments: tuple[str, ...], code: int, words: str) -> None:
    with fresh_database() as database:
        manage(database, "shell", "--no-imports", "-c", _MAKE)
        ended = run_command("booth_token", *arguments, DATABASE_URL=database.url)
        assert (ended.returncode, ended.stdout) == (code, "")
        assert words in ended.stderr
        assert "Traceback" not in ended.stderr


def test_a_database_without_tables_or_that_is_gone_is_told() -> None:
    with fresh_database(migrated=False) as database:
        ended = run_command("booth_token", "list", DATABASE_URL=database.url)
        assert (ended.returncode, "migrate" in ended.stderr) == (78, True)
    gone = Database("postgres://nobody@127.0.0.1:1/nothing")
    ended = run_command("booth_token", "list", DATABASE_URL=gone.url)
    assert ended.returncode == 75
    assert "Traceback" not in ended.stderr


def test_a_site_without_the_api_says_so() -> None:
    ended = run_command("booth_token", "list", DJANGO_SETTINGS_MODULE="project.settings.run")
    assert (ended.returncode, "booth.web" in ended.stderr) == (78, True)
