"""What `bench.run` compares with: reading by hand, and PostgreSQL's COPY."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import django
from django.db import connection

from booth.config.options import RunRequest

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings.run")
    django.setup()

TABLES = ("booth_booth", "booth_boothdetail", "booth_menu")


def analyze() -> None:
    """Give the database the statistics that autovacuum would have made by the next run."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def read(feed: str) -> None:
    """Read and decode the feed, and select each table once."""
    json.loads(Path(feed).read_bytes())
    read_rows()


def read_rows() -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows by table."""
    rows = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")
            rows[table] = cursor.fetchall()
    return rows


def sync(feed: Path) -> None:
    """Run one sync from a file."""
    from booth.operations import sync_now

    report = sync_now(RunRequest(from_file=str(feed)))
    if report.error:
        raise report.error


def empty() -> None:
    """Take every row away, also of the bare tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}, bare_{', bare_'.join(TABLES)} CASCADE")


def make_bare_tables() -> None:
    """Make tables with the same columns and neither index nor constraint."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE TABLE bare_{table} AS SELECT * FROM {table} WITH NO DATA")


def copy(rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """Copy the rows into the bare tables."""
    with connection.cursor() as cursor:
        for table, lines in rows.items():
            with cursor.copy(f"COPY bare_{table} FROM STDIN") as writer:
                for line in lines:
                    writer.write_row(line)


if __name__ == "__main__":
    if sys.argv[1] == "analyze":
        analyze()
    else:
        read(sys.argv[2])
