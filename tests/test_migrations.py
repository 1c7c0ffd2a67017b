"""The migrations make the models' tables, and a run refuses a database that lacks one."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection, models

from booth.models import Booth, BoothDetail, Menu, SyncRun
from tests.conftest import make_feed, run_command
from tests.faults.databases import fresh_database
from tests.faults.processes import sync

pytestmark = pytest.mark.database


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
def test_only_what_queries_use_is_indexed() -> None:
    indexed = {model: list_indexed_columns(model) for model in (Booth, BoothDetail, Menu, SyncRun)}
    assert indexed == {
        Booth: {"name"},
        BoothDetail: {"booth_id"},
        Menu: {"booth_id,name"},
        SyncRun: {"status"},
    }


def list_indexed_columns(model: type[models.Model]) -> set[str]:
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, model._meta.db_table)
    return {
        ",".join(constraint["columns"])
        for constraint in constraints.values()
        if (constraint["index"] or constraint["unique"]) and not constraint["primary_key"]
    }


def test_a_run_on_an_empty_database_says_which_command_is_missing() -> None:
    with fresh_database(migrated=False) as database:
        for arguments in ((), ("--dry-run",)):
            outcome = sync(database, *arguments, feed=b"{}")
            assert (outcome.code, outcome.error) == (78, "migrations")
            assert "python manage.py migrate" in outcome.document["error"]["message"]
            assert "Traceback" not in outcome.stderr


def test_a_run_on_a_database_of_an_older_version_is_refused() -> None:
    with fresh_database() as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'booth'")
        outcome = sync(database, feed=b"{}")
        assert (outcome.code, outcome.error) == (78, "migrations")
        assert database.list_runs() == []


@pytest.mark.parametrize("verb", ["runs", "status"])
def test_the_other_verbs_say_so_too_on_an_empty_database(verb: str) -> None:
    with fresh_database(migrated=False) as database:
        answer = run_command("booth_sync", verb, DATABASE_URL=database.url)
        assert answer.returncode == 78
        assert "python manage.py migrate" in answer.stderr
        assert "Traceback" not in answer.stderr


def test_migrating_back_and_forth_leaves_a_usable_database() -> None:
    with fresh_database() as database:
        for target in ("zero", ""):
            arguments = ["migrate", "booth", *filter(None, [target])]
            assert run_command(*arguments, DATABASE_URL=database.url).returncode == 0
        assert database.list_runs() == []


ASK_TWICE = """
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from booth.database import require_migrations
from booth.errors import ConfigError

for _ in range(2):
    try:
        require_migrations()
    except ConfigError as error:
        print(error.code)
    call_command("migrate", verbosity=0)
for _ in range(2):
    with CaptureQueriesContext(connection) as captured:
        require_migrations()
    print(len(captured))
"""


def test_a_failure_is_not_remembered_but_a_success_is() -> None:
    with fresh_database(migrated=False) as database:
        answer = run_command("shell", "-v", "0", "-c", ASK_TWICE, DATABASE_URL=database.url)
        assert answer.stdout.split() == ["migrations", "0", "0"], answer.stderr


def test_tables_are_known_by_their_columns_and_asked_for_in_two_queries() -> None:
    script = ASK_TWICE.replace("range(2)", "range(0)", 1)
    with fresh_database() as database:
        answer = run_command("shell", "-v", "0", "-c", script, DATABASE_URL=database.url)
        assert answer.stdout.split() == ["2", "0"], answer.stderr
        database.execute("ALTER TABLE booth_menu RENAME COLUMN sold TO gone")
        outcome = sync(database, feed=b"{}")
        assert (outcome.code, outcome.error) == (78, "schema")
        assert database.list_runs() == []


def test_a_newer_version_of_the_database_does_no_harm() -> None:
    with fresh_database() as database:
        row = "INSERT INTO django_migrations (app, name, applied) "
        database.execute(
            f"{row} SELECT 'booth', '9999_later', applied FROM django_migrations LIMIT 1"
        )
        database.execute("ALTER TABLE booth_booth ADD COLUMN later integer")
        assert sync(database, feed=make_feed([])).code == 0
