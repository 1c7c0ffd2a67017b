"""Options that bound every wait for a database. For settings files, so it imports no Django."""

from __future__ import annotations

from typing import Any

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
# fail at once instead. With WAL nobody who reads waits.
_SQLITE = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL",
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
