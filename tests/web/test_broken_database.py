"""A database that breaks while the site is served."""

from __future__ import annotations

import time

from booth.web.snapshot import MAX_AGE_SECONDS
from sample_upstream import SampleUpstream
from tests.faults.databases import fresh_database
from tests.web.people import make_people
from tests.web.site import manage, serving


def test_it_is_told_in_sentences_and_the_public_keeps_its_list(upstream: SampleUpstream) -> None:
    with fresh_database() as database, serving(database) as site:
        manage(database, "booth_sync", "sync", BOOTH_SYNC_API_URL=upstream.url)
        token = make_people(database)["operate"]
        time.sleep(MAX_AGE_SECONDS)
        before = site.ask("GET", "/booths/").json()["data"]
        assert (before["stale"], len(before["booths"])) == (False, 15)
        assert site.ask("GET", "/readyz").status_code == 200
        database.ruin()
        time.sleep(MAX_AGE_SECONDS)
        for path in ("/readyz", "/booths/sync/status/", "/booths/sync/runs/"):
            answer = site.ask("GET", path, token=token)
            assert (answer.status_code, answer.json()["statusCode"]) == (503, 503), path
            assert answer.json()["data"]["code"] == "database"
            assert "DATABASE_URL" in answer.json()["message"]
        assert site.ask("GET", "/booths/").json()["data"] == before | {"stale": True}
        assert site.ask("GET", "/healthz").status_code == 200
        assert "Traceback" not in site.log


def test_who_is_ready_has_the_list_before_anybody_asks(upstream: SampleUpstream) -> None:
    with fresh_database() as database:
        manage(database, "booth_sync", "sync", BOOTH_SYNC_API_URL=upstream.url)
        with serving(database) as site:
            assert site.ask("GET", "/readyz").status_code == 200
            database.ruin()
            answer = site.ask("GET", "/booths/")
    assert (answer.status_code, len(answer.json()["data"]["booths"])) == (200, 15)
