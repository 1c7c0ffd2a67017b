"""Fixtures of the tests that talk to a real Kubernetes API; all of them are marked ``cluster``."""

import itertools
from collections.abc import Iterator

import pytest

from .binaries import Binaries, BinariesMissing, find
from .control_plane import ControlPlane
from .deployment import NAMESPACE, Deployment, deploy

_numbers = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "cluster: needs a Kubernetes control plane of its own")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark every test of this folder (pytest calls this for the items below it only)."""
    item.add_marker("cluster")


@pytest.fixture(scope="session")
def control_plane(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ControlPlane]:
    """A control plane with controllers for the whole session; it fails where none can be had."""
    missing = ""
    try:
        plane = ControlPlane(_find_aloud(request), folder=tmp_path_factory.mktemp("cluster"))
    except BinariesMissing as error:
        missing = str(error)
    if missing:
        pytest.fail(missing, pytrace=False)
    with plane:
        yield plane


@pytest.fixture
def deployment(control_plane: ControlPlane) -> Iterator[Deployment]:
    """The manifests in a namespace that this test has for itself."""
    deployed = deploy(control_plane, namespace=f"{NAMESPACE}-{next(_numbers)}")
    yield deployed
    deployed.remove()


def _find_aloud(request: pytest.FixtureRequest) -> Binaries:
    """Find the programs; eight minutes of building are not silent, whatever pytest captures."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    if capture is None:
        return find()
    with capture.global_and_fixture_disabled():
        return find()
