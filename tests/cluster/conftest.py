"""Fixtures of the tests that talk to a real Kubernetes API; all of them are marked ``cluster``."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from booth.config.options import ControlOptions
from sample_upstream import SampleUpstream
from tests.conftest import run_command
from tests.faults.databases import fresh_database
from tests.web.people import make_people
from tests.web.site import Site

from .binaries import Binaries, BinariesMissing, find
from .control_plane import ControlPlane
from .deployment import NAMESPACE, OPERATOR, Deployment, deploy
from .verbs import Lead, Run
from .web import serve

NAMES = ("booth-sync", "booth-sync-peak")
OPTIONS = ControlOptions(cronjobs=NAMES)

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


@pytest.fixture(scope="module")
def shared(request: pytest.FixtureRequest, control_plane: ControlPlane) -> Iterator[Deployment]:
    """The manifests in a namespace that the tests of a module share."""
    module = request.module.__name__.rpartition(".")[2].replace("_", "-")
    # numbered: a worker that takes tests over from another may come to the same module twice
    deployed = deploy(control_plane, namespace=f"{module}-{next(_numbers)}")
    yield deployed
    deployed.remove()


@pytest.fixture
def use_kubeconfig(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Return a function that makes a kubeconfig the identity of this process."""
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    def use(path: Path) -> None:
        monkeypatch.setenv("KUBECONFIG", str(path))

    return use


@pytest.fixture
def operated(deployment: Deployment, use_kubeconfig: Callable[[Path], None]) -> Deployment:
    """A deployment whose operator is the identity of this process."""
    use_kubeconfig(deployment.operator)
    return deployment


@pytest.fixture
def in_pod(operated: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service-account folder, in a process that believes to be in the cluster."""
    plane, folder = operated.control_plane, tmp_path / "serviceaccount"
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", plane.host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(plane.port))
    folder.mkdir()
    (folder / "token").write_text(plane.token(OPERATOR, namespace=operated.namespace))
    (folder / "ca.crt").write_bytes(plane.authority.certificate)
    (folder / "namespace").write_text(operated.namespace)
    return folder


@pytest.fixture
def variables(deployment: Deployment) -> Iterator[dict[str, Any]]:
    """The environment of a command: the operator, both CronJobs, a database of its own."""
    with fresh_database() as database, SampleUpstream(booths=3, menus=3) as upstream:
        yield {
            "DATABASE_URL": database.url,
            "KUBECONFIG": str(deployment.operator),
            "BOOTH_SYNC_CRONJOBS": ",".join(NAMES),
            "BOOTH_SYNC_API_URL": f"{upstream.url}?token=canary",
            "LOGNAME": "minji",
        }


@pytest.fixture
def run(variables: dict[str, Any]) -> Run:
    """A function that runs a verb of ``booth_sync``; keywords change its environment."""
    return lambda *arguments, **other: run_command("booth_sync", *arguments, **variables | other)


@pytest.fixture
def site(variables: dict[str, Any]) -> Iterator[Site]:
    """A served site whose identity is the operator's account."""
    with serve(variables) as served:
        yield served


@pytest.fixture
def token(site: Site) -> str:
    """The token of somebody who may operate."""
    return make_people(site.database)["operate"]


@pytest.fixture
def lead_through(deployment: Deployment, tmp_path: Path) -> Lead:
    """A function that returns the path of a kubeconfig that leads through a proxy."""
    return lambda proxy: str(proxy.kubeconfig(tmp_path / "_", namespace=deployment.namespace))


def see(deployment: Deployment, cronjob: str) -> Any:
    """Return a CronJob as kubectl shows it."""
    return json.loads(deployment.as_admin("get", "cronjob", cronjob, "-o", "json"))


def see_suspended(deployment: Deployment) -> list[bool]:
    """Return whether each CronJob is suspended, as kubectl shows it."""
    return [bool(see(deployment, name)["spec"].get("suspend")) for name in NAMES]


def patch_by_hand(deployment: Deployment, *, suspend: bool) -> None:
    """Set ``spec.suspend`` of both CronJobs with kubectl."""
    patch = json.dumps({"spec": {"suspend": suspend}})
    deployment.as_admin("patch", "cronjob", *NAMES, "--type=merge", "-p", patch)


def _find_aloud(request: pytest.FixtureRequest) -> Binaries:
    """Find the programs; eight minutes of building are not silent, whatever pytest captures."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    if capture is None:
        return find()
    with capture.global_and_fixture_disabled():
        return find()
