"""What `bench.run` compares with: reading by hand, and PostgreSQL's COPY, as whole processes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import django
from django.db import connection

TABLES = ("booth_booth", "booth_boothdetail", "booth_menu")
BARE = """
CREATE TABLE IF NOT EXISTS bare_booth (id bigint, name text, category text, is_dorder boolean);
CREATE TABLE IF NOT EXISTS bare_detail
    (booth_id bigint, all_table int, usage_table int, can_usage boolean, description text);
CREATE TABLE IF NOT EXISTS bare_menu
    (booth_id bigint, name text, price int, ingredient int, sold int);
TRUNCATE bare_booth, bare_detail, bare_menu;
"""


def analyze() -> None:
    """Give the database the statistics that autovacuum would have made by the next run."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def empty() -> None:
    """Take every row of booths and menus away, and make bare tables for the copy."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE; {BARE}")


def read(feed: str) -> None:
    """Read and decode the feed, and select each table once."""
    json.loads(Path(feed).read_bytes())
    for table in TABLES:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")
            cursor.fetchall()


def copy(feed: str) -> None:
    """Read and decode the feed, and copy its rows into the bare tables."""
    booths = list(enumerate(json.loads(Path(feed).read_bytes())["data"]["boothDetails"]))
    _copy("bare_booth", ((i, booth["boothName"], "BOOTH", True) for i, booth in booths))
    _copy(
        "bare_detail",
        (
            (i, booth["boothAllTable"], booth["boothUsageTable"], True, "D-Order 자동 업데이트")
            for i, booth in booths
        ),
    )
    _copy(
        "bare_menu",
        (
            (i, menu["menuName"], 0, menu.get("menuIngredidentReminder"), 0)
            for i, booth in booths
            for menu in booth["Menus"]
        ),
    )


def _copy(table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as writer:
        for row in rows:
            writer.write_row(row)


if __name__ == "__main__":
    django.setup()
    acts = {"analyze": analyze, "empty": empty, "read": read, "copy": copy}
    acts[sys.argv[1]](*sys.argv[2:])  # type: ignore[operator]
