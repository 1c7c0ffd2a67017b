"""What the tests of faults share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.databases import Database, fresh_database
from tests.faults.in_process import RunFeed, make_runner
from tests.faults.processes import Gate


@pytest.fixture
def database() -> Iterator[Database]:
    """A migrated database of its own."""
    with fresh_database() as fresh:
        yield fresh


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """What holds a run in its fetch."""
    return Gate(tmp_path)


@pytest.fixture
def run_feed(tmp_path: Path) -> RunFeed:
    """A function that syncs an answer in this process."""
    return make_runner(tmp_path)
