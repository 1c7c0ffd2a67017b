"""What the tests of the command share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import run_command
from tests.faults.databases import Database, fresh_database


@pytest.fixture
def database() -> Iterator[Database]:
    """A migrated database of its own."""
    with fresh_database() as fresh:
        yield fresh


def ask(database: Database, *arguments: str, code: int = 0, **variables: Any) -> Any:
    """Run ``booth_sync`` to its end and return the process, whose exit code must be ``code``."""
    answer = run_command("booth_sync", *arguments, **{"DATABASE_URL": database.url} | variables)
    assert answer.returncode == code, answer.stderr
    assert "Traceback" not in answer.stderr
    return answer
