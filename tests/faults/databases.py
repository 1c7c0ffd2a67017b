"""Databases of one's own for whole processes, asked past Django so that nothing is shared."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import psycopg

from booth.sync.plan import AUTOMATIC_DESCRIPTION
from tests.conftest import run_command
from tests.database import KIND

IS_POSTGRESQL = KIND == "postgresql"
DATA_TABLES = ("booth_booth", "booth_boothdetail", "booth_menu")

Row = tuple[Any, ...]
_serial = count(1)
_making_template = Lock()


class Database:
    """A database by its URL, and the processes that a test started on it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.processes: list[subprocess.Popen[bytes]] = []

    @contextmanager
    def connect(self) -> Iterator[Any]:
        """Yield a connection in autocommit that is closed at the end."""
        if self.url.startswith("sqlite"):
            path = self.url.removeprefix("sqlite:///")
            opened: Any = sqlite3.connect(path, isolation_level=None, timeout=20)
        else:
            opened = psycopg.connect(self.url, autocommit=True)
        with closing(opened) as connection:
            yield connection

    def query(self, sql: str) -> list[Row]:
        """Return the rows of ``sql``."""
        with self.connect() as connection:
            return [tuple(row) for row in connection.execute(sql).fetchall()]

    def execute(self, sql: str) -> None:
        """Run ``sql``."""
        with self.connect() as connection:
            connection.execute(sql)

    def read_rows(self) -> list[Row]:
        """Return all booths and menus."""
        return read_rows(self.query)

    def insert_running(self) -> None:
        """Store a run of somebody else's that holds the lock for another minute."""
        now = datetime.now(UTC)
        times = [f"{now + timedelta(seconds=each):%Y-%m-%d %H:%M:%S}+00" for each in (-1, 60)]
        self.execute(
            "INSERT INTO booth_syncrun (status, trigger, requested_by, started_at, expires_at, "
            "counts, stages, problems, feed_sha256, error_code, error_message, job_name, pod_name) "
            f"VALUES ('running', 'api', '', '{times[0]}', '{times[1]}', "
            "'{}', '{}', '[]', '', '', '', '', '')"
        )

    def ruin(self) -> None:
        """Let nobody read it any more; at the end it is dropped all the same."""
        if self.url.startswith("sqlite"):
            _path_of(self.url).write_bytes(b"not a database" * 1000)
            return
        name = _name_of(self.url)
        _execute_on_server(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        _execute_on_server(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )

    def list_runs(self) -> list[Row]:
        """Return status and error code of each run, oldest first."""
        return self.query("SELECT status, error_code FROM booth_syncrun ORDER BY id")

    def is_left_alone(self) -> bool:
        """Return whether no other client is connected; an SQLite file knows of none."""
        if self.url.startswith("sqlite"):
            return True
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        return self.query(f"SELECT count(*) FROM pg_stat_activity WHERE {others}") == [(0,)]

    @contextmanager
    def locked(self, *tables: str) -> Iterator[None]:
        """Hold, from another session, the lock that writers of ``tables`` need."""
        with self.connect() as connection:
            if self.url.startswith("sqlite"):
                connection.execute("BEGIN IMMEDIATE")
            else:
                connection.execute("BEGIN")
                connection.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
            yield
            connection.execute("ROLLBACK")


def read_rows(query: Callable[[str], list[Row]]) -> list[Row]:
    """Return all booths and menus without ids and times, so that two states can be compared."""
    booths = query(
        "SELECT b.name, b.category, b.is_dorder, b.missing_since IS NULL, d.all_table, "
        "d.usage_table, d.can_usage, d.description "
        "FROM booth_booth b LEFT JOIN booth_boothdetail d ON d.booth_id = b.id"
    )
    menus = query(
        "SELECT b.name, m.name, m.price, m.ingredient, m.sold, m.missing_since IS NULL "
        "FROM booth_menu m JOIN booth_booth b ON b.id = m.booth_id"
    )
    undated = [(*row[:-1], _hide_time(row[-1])) for row in booths]
    return sorted(undated, key=repr) + sorted(menus, key=repr)


def _hide_time(description: str | None) -> str | None:
    is_automatic = AUTOMATIC_DESCRIPTION.fullmatch(description or "")
    return re.sub(r"\d", "0", description or "") if is_automatic else description


@contextmanager
def fresh_database(*, migrated: bool = True) -> Iterator[Database]:
    """Yield a new database of the session's kind; at the end drop it and end who uses it."""
    name = f"booth_fresh_{os.getpid()}_{next(_serial)}"
    database = Database(_url_of(name))
    make, drop = (_create, _drop) if IS_POSTGRESQL else (_copy, _unlink)
    make(name, migrated)
    try:
        yield database
    finally:
        for process in database.processes:
            _end(process)
        drop(name)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that a failed test left behind, and close its pipes."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        with suppress(BrokenPipeError):
            if pipe:
                pipe.close()


def _copy(name: str, migrated: bool) -> None:
    if migrated:
        shutil.copy(_path_of(_make_template()), _path_of(_url_of(name)))


def _unlink(name: str) -> None:
    path = _path_of(_url_of(name))
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()


def _path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _create(name: str, migrated: bool) -> None:
    template = _name_of(_make_template()) if migrated else "template0"
    _execute_on_server(f"CREATE DATABASE {name} TEMPLATE {template}")


def _drop(name: str) -> None:
    _execute_on_server(f"DROP DATABASE {name} WITH (FORCE)")


def _execute_on_server(sql: str) -> None:
    Database(os.environ["DATABASE_URL"]).execute(sql)


@contextmanager
def database_in(encoding: str, *, migrated: bool = True) -> Iterator[Database]:
    """Yield a database of PostgreSQL's in another encoding and drop it at the end."""
    name = f"booth_{encoding.lower()}_{os.getpid()}"
    server = Database(os.environ["DATABASE_URL"])
    server.execute(
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' "
        "LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    if migrated:
        migration = run_command("migrate", DATABASE_URL=_url_of(name))
        assert migration.returncode == 0, migration.stderr
    yield Database(_url_of(name))
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _make_template() -> str:
    with _making_template:  # two threads may ask at once
        return _make_template_once()


@cache
def _make_template_once() -> str:
    url = _url_of(f"booth_template_{os.getpid()}")
    if IS_POSTGRESQL:
        Database(os.environ["DATABASE_URL"]).execute(f"CREATE DATABASE {_name_of(url)}")
    migration = run_command("migrate", DATABASE_URL=url)
    assert migration.returncode == 0, migration.stderr
    return url


def _url_of(name: str) -> str:
    url = os.environ["DATABASE_URL"]
    if IS_POSTGRESQL:
        return url.replace("/postgres?", f"/{name}?")
    return f"sqlite:///{Path(url.removeprefix('sqlite:///')).parent / name}.sqlite3"


def _name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
