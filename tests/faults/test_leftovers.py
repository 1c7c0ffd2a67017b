"""What a failed test has started ends with it, so that no other test has to do with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

import pytest

from tests.faults.databases import fresh_database
from tests.faults.processes import Gate, start
from tests.pushgateway import gateways
from tests.test_source_faults import listening
from tests.test_source_wire import EMPTY, recording


class Failed(Exception):
    """A test's failure."""


@pytest.mark.database
def test_a_database_ends_the_processes_on_it_before_it_goes(gate: Gate) -> None:
    with suppress(Failed), fresh_database() as database:
        process = start(database, "--from-file", gate.path)
        raise Failed
    assert process.returncode == -9
    pipes = (process.stdin, process.stdout, process.stderr)
    assert all(pipe and pipe.closed for pipe in pipes)
    with fresh_database() as another:
        assert another.is_left_alone()


@pytest.mark.parametrize(
    "serve",
    [
        lambda: gateways.listening(lambda connection: None),
        lambda: listening(b""),
        lambda: recording(EMPTY),
    ],
)
def test_a_server_ends_its_thread(serve: Callable[[], AbstractContextManager[Any]]) -> None:
    before = threading.active_count()
    with suppress(Failed), serve():
        raise Failed
    assert threading.active_count() <= before
