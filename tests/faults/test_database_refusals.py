"""A database that will refuse the same again: 78, named, and no endless trying."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import make_feed, run_command
from tests.faults.databases import IS_POSTGRESQL, Database, database_in
from tests.faults.processes import Outcome, sync

pytestmark = pytest.mark.database

on_postgresql = pytest.mark.skipif(not IS_POSTGRESQL, reason="a matter of PostgreSQL's")
Captured = Callable[[str], bytes]
NAME = "🍺 비밀 주점"
FEED = make_feed(
    [
        {
            "boothName": NAME,
            "boothAllTable": 9,
            "boothUsageTable": 2,
            "Menus": [{"menuName": "파전", "menuIngredidentReminder": 5}],
        }
    ]
)


def assert_refused(outcome: Outcome, code: str, *names: str) -> None:
    assert (outcome.code, outcome.document["status"], outcome.error) == (78, "failed", code)
    message = outcome.document["error"]["message"]
    assert [name for name in names if name not in message] == []
    assert "비밀" not in message
    assert "Traceback" not in outcome.stderr
    assert outcome.stderr.count("다시 시도합니다") <= 2


def make_trigger(table: str) -> str:
    if not IS_POSTGRESQL:
        return (
            f"CREATE TRIGGER forbid BEFORE INSERT ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'constraint failed: 비밀'); END"
        )
    return (
        "CREATE FUNCTION forbid_row() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '비밀: %', NEW; END $$;"
        f"CREATE TRIGGER forbid BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION forbid_row()"
    )


def add_not_null(database: Database, table: str) -> None:
    """Give ``table`` a column that the models do not know and that has to have a value."""
    if IS_POSTGRESQL:
        database.execute(f"ALTER TABLE {table} ADD COLUMN place text NOT NULL")
        return
    [(sql,)] = database.query(f"SELECT sql FROM sqlite_master WHERE name = '{table}'")
    new = sql.replace(f'"{table}" (', f'"{table}" ("place" text NOT NULL, ', 1)
    database.execute(f"DROP TABLE {table}")
    database.execute(new)


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("booth_menu", ("booth_menu", "place")),
        ("booth_boothdetail", ("booth_boothdetail", "place")),
        ("booth_syncrun", ("booth_syncrun", "place")),
    ],
)
def test_a_column_of_the_sites_that_needs_a_value_is_named(
    database: Database, table: str, names: tuple[str, ...]
) -> None:
    add_not_null(database, table)
    assert_refused(sync(database, feed=FEED), "constraint", *names)
    closed = [] if table == "booth_syncrun" else [("failed", "constraint")]
    assert database.list_runs() == closed
    assert database.read_rows() == []


def test_a_unique_index_of_the_sites_is_named(database: Database) -> None:
    database.execute("CREATE UNIQUE INDEX one_of_each ON booth_booth (category)")
    two = make_feed(
        [
            {"boothName": name, "boothAllTable": 1, "boothUsageTable": 0, "Menus": []}
            for name in ("비밀", "주점")
        ]
    )
    name = "one_of_each" if IS_POSTGRESQL else "booth_booth.category"
    assert_refused(sync(database, feed=two), "constraint", name)


@pytest.mark.parametrize("table", ["booth_booth", "booth_menu", "booth_syncrun"])
def test_a_trigger_that_raises_is_no_passing_trouble(database: Database, table: str) -> None:
    database.execute(make_trigger(table))
    name = "forbid_row" if IS_POSTGRESQL else "SQLITE_CONSTRAINT_TRIGGER"
    assert_refused(sync(database, feed=FEED), "constraint", name)


@on_postgresql
def test_a_check_and_a_length_of_the_sites_are_named(database: Database) -> None:
    database.execute("ALTER TABLE booth_menu ADD CONSTRAINT few CHECK (ingredient < 3)")
    assert_refused(sync(database, feed=FEED), "constraint", "booth_menu", "few")
    database.execute("ALTER TABLE booth_boothdetail ALTER COLUMN description TYPE varchar(7)")
    assert_refused(sync(database, feed=FEED), "constraint", "22001", "character varying(7)")


@on_postgresql
def test_a_row_that_somebody_made_while_the_run_planned_is_no_refusal(database: Database) -> None:
    """The trigger stands for a person: it makes the run's menu first, once."""
    database.execute(
        "CREATE SEQUENCE times; CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF nextval('times') = 1 THEN RAISE unique_violation; END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER meddle BEFORE INSERT ON booth_menu FOR EACH ROW EXECUTE FUNCTION meddle()"
    )
    outcome = sync(database, feed=FEED)
    assert (outcome.code, outcome.document["status"]) == (0, "succeeded")
    assert outcome.stderr.count("다시 시도합니다") == 1


@contextmanager
def as_reader(database: Database, *rights: str) -> Iterator[Database]:
    """Yield ``database`` as one sees it who has only ``rights``."""
    database.execute("CREATE ROLE booth_reader LOGIN")
    try:
        for right in rights:
            database.execute(f"GRANT {right} TO booth_reader")
        yield Database(database.url.replace("//postgres:", "//booth_reader:"))
    finally:
        database.execute("DROP OWNED BY booth_reader")
        database.execute("DROP ROLE booth_reader")


@on_postgresql
def test_a_user_without_rights_is_refused(database: Database, captured: Captured) -> None:
    reading = "SELECT ON ALL TABLES IN SCHEMA public"
    with as_reader(database, reading) as reader:
        assert_refused(sync(reader, feed=FEED), "rights", "booth_syncrun")
        assert run_command("booth_sync", "status", DATABASE_URL=reader.url).returncode == 0
    with as_reader(database) as stranger:
        for verb in ("status", "runs"):
            answer = run_command("booth_sync", verb, DATABASE_URL=stranger.url)
            assert (answer.returncode, "[rights]" in answer.stderr) == (78, True)
            assert "Traceback" not in answer.stderr
    assert sync(database, feed=captured("d-order")).document["status"] == "succeeded"


@on_postgresql
@pytest.mark.parametrize("encoding", ["EUC_KR", "SQL_ASCII"])
def test_a_database_that_cannot_hold_every_name_is_refused(encoding: str) -> None:
    with database_in(encoding) as database:
        for arguments in ((), ("--dry-run",)):
            assert_refused(sync(database, *arguments, feed=FEED), "encoding", encoding, "UTF8")
        assert database.list_runs() == []
        for verb in ("status", "runs"):
            assert run_command("booth_sync", verb, DATABASE_URL=database.url).returncode == 0


@on_postgresql
@pytest.mark.parametrize(
    "setting",
    [
        "datestyle = 'SQL, DMY'",
        "intervalstyle = 'postgres_verbose'",
        "standard_conforming_strings = off",
        "client_encoding = 'EUC_KR'",
        "default_transaction_isolation = serializable",
        "statement_timeout = '30ms'",
        "timezone = 'America/New_York'",
    ],
)
def test_a_setting_of_the_server_does_no_harm(database: Database, setting: str) -> None:
    name = database.query("SELECT current_database()")[0][0]
    database.execute(f"ALTER DATABASE {name} SET {setting}")
    for arguments in ((), ("--dry-run",)):
        outcome = sync(database, *arguments, feed=FEED)
        assert (outcome.code, outcome.document["status"]) == (0, "succeeded")
    for verb in ("status", "runs"):
        answer = run_command("booth_sync", verb, DATABASE_URL=database.url)
        assert answer.returncode == 0, answer.stderr


@on_postgresql
def test_tables_that_the_search_path_hides_are_named_with_their_schema(database: Database) -> None:
    name = database.query("SELECT current_database()")[0][0]
    database.execute(f"ALTER DATABASE {name} SET search_path = nowhere")
    assert_refused(sync(database, feed=FEED), "migrations", "public", "search_path")
