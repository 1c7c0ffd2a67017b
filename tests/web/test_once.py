"""A sync and its preview from the API: one at a time, and not too often."""

from __future__ import annotations

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from sample_upstream import SampleUpstream
from tests.conftest import run_command
from tests.faults.databases import Database, fresh_database
from tests.faults.processes import wait_until
from tests.web.people import People, make_people
from tests.web.site import Site, serving

pytestmark = pytest.mark.database
ONCE, PREVIEW = "/booths/sync/once/", "/booths/sync/preview/"
PRESSES, COMMANDS = 200, 20


def let_pass(database: Database) -> None:
    """Let the runs so far have begun a minute earlier."""
    ago = "datetime(started_at, '-60 seconds')"
    if not database.url.startswith("sqlite"):
        ago = "started_at - interval '60 seconds'"
    database.execute(f"UPDATE booth_syncrun SET started_at = {ago}")


@pytest.fixture
def rested(site: Site) -> Site:
    """The site, where nobody has synced just now."""
    let_pass(site.database)
    return site


def test_a_sync_is_made_in_the_name_of_who_asks(rested: Site, people: People) -> None:
    answer = rested.ask("POST", ONCE, token=people["operate"], json={"reason": "점검"})
    assert answer.status_code == 200
    assert list(answer.json()) == ["statusCode", "message", "data"]
    assert answer.json()["message"] == "부스 데이터 동기화가 완료되었습니다."
    number = answer.json()["data"]["run"]
    run = rested.ask("GET", f"/booths/sync/runs/{number}/", token=people["see"]).json()["data"]
    assert (run["status"], run["trigger"], run["requested_by"]) == ("succeeded", "api", "operate")
    assert "by=operate reason=점검" in rested.log


def test_who_presses_again_within_thirty_seconds_is_told_when(rested: Site, people: People) -> None:
    assert rested.ask("POST", ONCE, token=people["operate"]).status_code == 200
    again = rested.ask("POST", ONCE, token=people["operate"])
    assert (again.status_code, again.json()["data"]["code"]) == (429, "sync_too_soon")
    assert 20 <= int(again.headers["Retry-After"]) <= 30
    assert again.headers["Retry-After"] in again.json()["message"]


def test_a_run_under_way_is_a_conflict(rested: Site, people: People) -> None:
    rested.database.insert_running()
    answer = rested.ask("POST", ONCE, token=people["operate"])
    rested.database.execute("DELETE FROM booth_syncrun WHERE status = 'running'")
    assert (answer.status_code, answer.json()["data"]["code"]) == (409, "sync_in_progress")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("status-500", "source_http_500"),
        ("wrong-endpoint", "feed_rejected"),
        ("html", "feed_malformed"),
    ],
)
def test_an_upstream_that_fails_is_a_bad_gateway(
    upstream_of_site: SampleUpstream, fault: str, code: str
) -> None:
    with (
        fresh_database() as database,
        serving(database, BOOTH_SYNC_API_URL=upstream_of_site.fault_url(fault)) as site,
    ):
        token = make_people(database)["operate"]
        for path in (ONCE, PREVIEW):
            answer = site.ask("POST", path, token=token)
            body = answer.json()
            assert (answer.status_code, body["statusCode"]) == (502, 502)
            assert body["data"]["code"] == code
            assert body["message"] == body["data"]["report"]["error"]["message"]
        assert database.list_runs() == [("failed", code)]


def test_a_preview_tells_what_would_change_and_stores_nothing(
    rested: Site, people: People, upstream_of_site: SampleUpstream
) -> None:
    rested.ask("POST", ONCE, token=people["operate"])
    before = rested.database.read_rows()
    runs = rested.database.list_runs()
    upstream_of_site.tick()
    answer = rested.ask("POST", PREVIEW, token=people["operate"], json={"allow_shrink": True})
    data = answer.json()["data"]
    assert (answer.status_code, data["dry_run"], data["run"]) == (200, True, None)
    assert data["changes"]
    assert rested.database.read_rows() == before
    assert rested.database.list_runs() == runs


def test_a_flood_of_presses_and_commands_makes_one_run_by_hand(
    rested: Site, people: People, upstream_of_site: SampleUpstream
) -> None:
    before = len(rested.database.list_runs())

    def press(_number: int) -> int:
        return rested.ask("POST", ONCE, token=people["operate"]).status_code

    def command(_number: int) -> Any:
        return run_command(
            *("booth_sync", "sync", "--json"),
            DATABASE_URL=rested.database.url,
            BOOTH_SYNC_API_URL=upstream_of_site.url,
        )

    with ThreadPoolExecutor(40) as pool:
        pressed = pool.map(press, range(PRESSES))
        commanded = list(pool.map(command, range(COMMANDS)))
        statuses = Counter(pressed)
    assert statuses[200] <= 1
    assert set(statuses) <= {200, 409, 429}
    assert {ended.returncode for ended in commanded} == {0}
    skipped = sum(json.loads(ended.stdout)["status"] == "skipped" for ended in commanded)
    made = rested.database.list_runs()[before:]
    assert len(made) == statuses[200] + COMMANDS - skipped
    assert set(made) == {("succeeded", "")}


def test_a_web_process_that_is_killed_in_mid_run_is_healed_by_the_next(
    upstream_of_site: SampleUpstream,
) -> None:
    slow = upstream_of_site.fault_url("delay", seconds=20)
    with fresh_database() as database:
        token = make_people(database)["operate"]
        with serving(database, BOOTH_SYNC_API_URL=slow) as site:
            pressing = threading.Thread(target=_press_and_lose, args=(site, token))
            pressing.start()
            wait_until(lambda: bool(database.list_runs()))
            site.kill()
            pressing.join()
        assert database.list_runs() == [("running", "")]
        database.execute("UPDATE booth_syncrun SET expires_at = started_at")
        let_pass(database)
        with serving(database, BOOTH_SYNC_API_URL=upstream_of_site.url) as site:
            assert site.ask("POST", ONCE, token=token).status_code == 200
        assert database.list_runs() == [("lost", "lost"), ("succeeded", "")]


def _press_and_lose(site: Site, token: str) -> None:
    with pytest.raises(requests.ConnectionError):
        site.ask("POST", ONCE, token=token)
