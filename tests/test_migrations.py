"""The migrations make the models' tables, and a run refuses a database that lacks one."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection, models

from booth.models import Booth, BoothDetail, Menu, SyncRun
from tests.conftest import run_command
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
