"""A real browser before the console, a real Kubernetes API behind it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sample_upstream import SampleUpstream
from tests.cluster.conftest import NAMES
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployment import Deployment
from tests.cluster.proxy import FaultProxy
from tests.cluster.verbs import Lead
from tests.faults.databases import fresh_database
from tests.web.people import make_people
from tests.web.site import Site, serving

from .visits import OPEN, log_in

expect.set_options(timeout=20_000)  # other suites run beside this one
REMEDY = "chromium is not on the PATH. To get it: apt-get install chromium fonts-noto-cjk"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, whose own sandbox root cannot have."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail(REMEDY)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def proxy(deployment: Deployment, control_plane: ControlPlane) -> Iterator[FaultProxy]:
    """What stands between the site and the Kubernetes API; at first it does nothing wrong."""
    with FaultProxy(control_plane) as between:
        yield between


@pytest.fixture
def upstream() -> Iterator[SampleUpstream]:
    """The site's D-Order."""
    with SampleUpstream(booths=6, menus=4, twins=0) as server:
        yield server


@pytest.fixture
def site(
    deployment: Deployment, proxy: FaultProxy, lead_through: Lead, upstream: SampleUpstream
) -> Iterator[Site]:
    """A served site whose identity is the operator's account."""
    variables: dict[str, Any] = {
        "KUBECONFIG": lead_through(proxy),
        "BOOTH_SYNC_CRONJOBS": ",".join(NAMES),
        "BOOTH_SYNC_API_URL": upstream.url,
    }
    with fresh_database() as database, serving(database, **variables | OPEN) as served:
        make_people(database)
        yield served


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Page]:
    """A phone whose owner may operate and has logged in."""
    with browser.new_context(viewport={"width": 390, "height": 844}, locale="ko-KR") as context:
        page = context.new_page()
        log_in(page, site.origin)
        yield page
