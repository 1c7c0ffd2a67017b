"""Fixtures of the tests of image, chart and manifests."""

import itertools
from collections.abc import Iterator

import pytest

from tests.cluster.conftest import control_plane, pytest_configure
from tests.cluster.control_plane import ControlPlane
from tests.cluster.waiting import wait_for

from .definitions import find_definitions
from .helm import HELMS, Helm

__all__ = ["control_plane", "pytest_configure"]

_numbers = itertools.count(1)


@pytest.fixture(params=HELMS, ids=lambda helm: helm.name)
def helm(request: pytest.FixtureRequest) -> Helm:
    """Helm 3, then Helm 4."""
    chosen: Helm = request.param
    return chosen


@pytest.fixture(scope="session")
def definitions(control_plane: ControlPlane) -> None:
    """Let the API server judge the kinds that others define, as their own definitions say."""
    paths = [f"--filename={path}" for path in find_definitions()]
    control_plane.kubectl("apply", "--server-side", *paths)
    control_plane.kubectl("wait", "--for=condition=Established", "--timeout=60s", *paths)


@pytest.fixture
def namespace(control_plane: ControlPlane, definitions: None) -> Iterator[str]:
    """A namespace that enforces the restricted pod security standard, for this test alone."""
    name = f"chart-{next(_numbers)}"
    control_plane.kubectl("create", "namespace", name)
    control_plane.kubectl(
        "label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted"
    )
    account = ("get", "serviceaccount", "default", "--ignore-not-found", f"--namespace={name}")
    wait_for(lambda: control_plane.kubectl(*account))
    yield name
    control_plane.kubectl("delete", "namespace", name, "--wait=false")
