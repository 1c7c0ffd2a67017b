"""A run in this process, on Django's own test database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

from booth.config.options import Options, PushOptions, RunOptions, RunRequest, SourceOptions
from booth.sync.report import RunReport
from booth.sync.run import run_once
from tests.faults.databases import DATA_TABLES, Row, read_rows

OPTIONS = Options(source=SourceOptions(url=""), run=RunOptions(), push=PushOptions())

RunFeed = Callable[..., RunReport]


def make_runner(folder: Path) -> RunFeed:
    """Return a function that syncs an answer, given as bytes."""
    file = folder / "feed.json"

    def run_feed(feed: bytes, **request: Any) -> RunReport:
        file.write_bytes(feed)
        return run_once(RunRequest(from_file=str(file), **request), OPTIONS)

    return run_feed


def query(sql: str) -> list[Row]:
    """Return the rows of ``sql`` on Django's connection."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def snapshot() -> list[Row]:
    """Return all booths and menus of the test database."""
    return read_rows(query)


def count_written_rows() -> int:
    """Return how many rows were ever written: data rows on PostgreSQL, any row on SQLite."""
    if connection.vendor == "sqlite":
        return int(connection.connection.total_changes)
    query("SELECT pg_stat_force_next_flush()")
    tables = ", ".join(f"'{table}'" for table in DATA_TABLES)
    [(written,)] = query(
        "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables "
        f"WHERE relname IN ({tables})"
    )
    return int(written)
