"""Fixtures of the end-to-end tests: the servers, the image and releases on one node."""

import os
import secrets
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sample_upstream import SampleUpstream
from tests.cluster.binaries import find_program
from tests.node.images import build_project
from tests.node.node import Node
from tests.node.pods import make_namespace
from tests.node.scripts import write_scripts

from .release import Release
from .servers import (
    POSTGRESQL_PORT,
    PUSHGATEWAY_PORT,
    PostgreSQL,
    Pushgateway,
    serve_upstream,
)
from .steps import Steps
from .traces import write_traces

SERVERS = "servers"
TAG = "e2e"
SECRET = "booth-sync-own"
Values = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Site:
    """A node with everything beside it that releases need, and the project's image in it."""

    node: Node
    postgresql: PostgreSQL
    pushgateway: Pushgateway
    image: Path

    def serve(self, upstream: SampleUpstream, *, name: str) -> str:
        """Make a sample D-Order a Service and return the origin that pods use."""
        port = int(upstream.origin.rpartition(":")[2])
        self.node.serve(name, port=port, namespace=SERVERS)
        return f"http://{name}.{SERVERS}:{port}"

    def make_release(self, namespace: str, *, helm: str) -> Release:
        """Return a release that is not installed yet, with a namespace of its own."""
        program = find_program(helm)
        return Release(self.node, namespace=namespace, helm=program, postgresql=self.postgresql)

    def make_values(self, release: Release, *, url: str, schedule: str = "* * * * *") -> Values:
        """Make database and Secret of a release, as the docs say, and return its values."""
        make_secret(release, database=self.postgresql.make_database(release.namespace))
        gateway = f"http://pushgateway.{SERVERS}:{PUSHGATEWAY_PORT}"
        return {
            "image": {"repository": "booth-sync", "tag": TAG, "pullPolicy": "IfNotPresent"},
            "cronJobs": [{"name": "", "schedule": schedule}],
            "config": {
                "BOOTH_SYNC_API_URL": url,
                "BOOTH_SYNC_PUSHGATEWAY_URL": gateway,
                "BOOTH_SYNC_INSTANCE": release.namespace,
            },
            "secrets": {
                name: {"existingSecret": SECRET} for name in ("DATABASE_URL", "SECRET_KEY")
            },
        }


def make_secret(release: Release, *, database: str, name: str = SECRET) -> None:
    """Make the one Secret of a release, or of the plain manifests."""
    values = {"DATABASE_URL": database, "SECRET_KEY": secrets.token_urlsafe(50)}
    literals = [f"--from-literal={key}={value}" for key, value in values.items()]
    release.kubectl("create", "secret", "generic", name, *literals)


@pytest.fixture(scope="session")
def site(
    request: pytest.FixtureRequest, node: Node, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """PostgreSQL and a Pushgateway as Services, and the image built from the Dockerfile.

    A session within this one is told by ``E2E_IMAGE`` where that image is already.
    """
    folder = tmp_path_factory.mktemp("site")
    built = os.environ.get("E2E_IMAGE")
    image = Path(built) if built else build_project(tag=f"booth-sync:{TAG}", folder=folder)
    node.import_image(image)
    make_namespace(node, SERVERS)
    postgresql = PostgreSQL(node, folder=folder / "postgresql")
    pushgateway = Pushgateway(node, folder=folder)
    postgresql.make()
    postgresql.start()
    pushgateway.start()
    try:
        node.serve("postgresql", port=POSTGRESQL_PORT, namespace=SERVERS)
        node.serve("pushgateway", port=PUSHGATEWAY_PORT, namespace=SERVERS)
        made = Site(node=node, postgresql=postgresql, pushgateway=pushgateway, image=image)
        yield made
        if os.environ.get("E2E_KEEP"):
            _keep(made, say=_make_say(request))
    finally:
        pushgateway.stop()
        postgresql.stop()


@pytest.fixture
def upstream(site: Site) -> Iterator[SampleUpstream]:
    """A sample D-Order with 15 booths on the node's address."""
    with serve_upstream(site.node) as served:
        yield served


@pytest.fixture
def steps(request: pytest.FixtureRequest) -> Steps:
    """Says the steps of a test aloud."""
    return Steps(_make_say(request))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what a failed test left on the node: events, pods and what they printed."""
    report = yield
    site = item.funcargs.get("site")
    if report.failed and isinstance(site, Site):
        path = write_traces(site.node, item.name)
        report.sections.append(("kept", f"what the node said: {path}"))
    return report


def _keep(site: Site, *, say: Callable[[str], None]) -> None:
    """Leave a release running on the node until somebody ends the session."""
    write_scripts(site.node, site.node.folder)
    with serve_upstream(site.node) as upstream:
        release = site.make_release("playground", helm="helm4")
        origin = site.serve(upstream, name="playground")
        url = upstream.url.replace(upstream.origin, origin)
        release.install(site.make_values(release, url=url))
        say("\nE2E_KEEP: the release booth-sync in the namespace playground stays until Ctrl-C.")
        say(f"kubectl on the node:      {site.node.folder}/kubectl -n playground get pods")
        say(f"any program inside it:    {site.node.folder}/enter COMMAND")
        with suppress(KeyboardInterrupt):
            signal.pause()


def _make_say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(line, flush=True)  # noqa: T201

    return say
