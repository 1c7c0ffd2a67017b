"""A site with people of every kind, served once for a file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sample_upstream import SampleUpstream
from tests.faults.databases import fresh_database
from tests.web.people import People, make_people
from tests.web.site import Site, serving


@pytest.fixture(scope="module")
def upstream_of_site() -> Iterator[SampleUpstream]:
    """The D-Order of the site."""
    with SampleUpstream(booths=4, menus=3, twins=0) as server:
        yield server


@pytest.fixture(scope="module")
def site(upstream_of_site: SampleUpstream) -> Iterator[Site]:
    """A served site on a database of its own."""
    with (
        fresh_database() as database,
        serving(database, BOOTH_SYNC_API_URL=upstream_of_site.url) as served,
    ):
        yield served


@pytest.fixture(scope="module")
def people(site: Site) -> People:
    """Somebody of every kind, with the token of each."""
    return make_people(site.database)
