"""An evening for all tests that look at what Prometheus saw of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.conftest import control_plane, pytest_configure
from tests.cluster.control_plane import ControlPlane

from .evening import Evening, spending

__all__ = ["control_plane", "pytest_configure"]


@pytest.fixture(scope="session")
def evening(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Evening]:
    """An evening that is over; its servers still answer."""
    with spending(control_plane, folder=tmp_path_factory.mktemp("evening")) as spent:
        yield spent
