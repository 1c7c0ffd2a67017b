"""Options that bound every wait for a database. For settings files, so it imports no Django."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any


class Connection(sqlite3.Connection):
    """An SQLite connection in WAL mode, whose readers wait for nobody; also to a read-only file.

    A file in WAL mode needs two more beside it, even to be read: where they cannot be made, SQLite
    has to be told that nobody else has the file open.
    """

    def __init__(self, database: Any, *arguments: Any, **options: Any) -> None:
        path = Path(database)
        is_read_only = os.access(path, os.R_OK) and not os.access(path.parent, os.W_OK)
        if is_read_only and not os.access(f"{path}-wal", os.F_OK):
            database = f"{path.absolute().as_uri()}?immutable=1"  # Django opens with uri=True
        super().__init__(database, *arguments, **options)
        try:
            self.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_READONLY"):
                raise


# A peer that vanished without a word (a node that died, a firewall that forgot) is noticed by the
# keepalives within 25 seconds, and within 15 where something of ours is unacknowledged.
_POSTGRESQL = {
    "connect_timeout": 5,
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
# IMMEDIATE waits for another writer at BEGIN; a transaction that reads first and writes then would
# fail at once instead.
_SQLITE = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "factory": Connection,
}
_LIMITS: dict[str, dict[str, Any]] = {
    "postgresql": _POSTGRESQL,
    "postgis": _POSTGRESQL,
    "sqlite3": _SQLITE,
    "spatialite": _SQLITE,
}


def add_limits(config: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of ``DATABASES`` with the bounds; the entry's own ``OPTIONS`` win."""
    kind = config.get("ENGINE", "").rpartition(".")[2]  # wrapped backends keep the last word
    return config | {"OPTIONS": _LIMITS.get(kind, {}) | config.get("OPTIONS", {})}
