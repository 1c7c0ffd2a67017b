"""Fixtures of the tests on a whole Kubernetes node; all of them are marked ``node``."""

from collections.abc import Iterator, Mapping

import pytest

from .images import make_python_base
from .node import Node
from .obstacles import OBSTACLES, end_without_a_node


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "node: needs a whole Kubernetes node, and root for it")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark every test of this folder (pytest calls this for the items below it only)."""
    item.add_marker("node")


@pytest.fixture(scope="session")
def node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Node]:
    """A node with the Python image for the whole session; it fails where none can be had."""
    end_without_a_node()
    started = Node(tmp_path_factory.mktemp("node"))
    try:
        _start_aloud(started, request)
        yield started
    finally:
        started.stop()
        _tell(request, started.timings)


def _start_aloud(node: Node, request: pytest.FixtureRequest) -> None:
    """Start the node; minutes of building are not silent, whatever pytest captures."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    missing = ""
    with capture.global_and_fixture_disabled():
        try:
            base = make_python_base()
            node.start()
        except OBSTACLES as error:
            missing = str(error)
    if missing:
        pytest.fail(missing, pytrace=False)
    node.import_image(base)


def _tell(request: pytest.FixtureRequest, timings: Mapping[str, float]) -> None:
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    if reporter:
        steps = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in timings.items())
        reporter.write_line(f"\nthe node: {steps}")
