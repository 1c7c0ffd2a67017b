"""The control API against a real Kubernetes API, with the operator's account."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from booth import texts
from tests.conftest import ROOT
from tests.web.people import make_people
from tests.web.site import DIRECT, Site, manage

from .conftest import NAMES, patch_by_hand, see, see_suspended
from .deployment import Deployment
from .proxy import FaultProxy
from .verbs import Lead
from .web import serve, without_database

AT_ONCE, AT_MOST_SECONDS = 20, 9.0
DOORS = (
    *(texts.LIST_READ, texts.LIST_READ, texts.LIST_READ, texts.BOOTH_READ),
    *(texts.STARTED, texts.STOPPED, texts.COMPLETED, texts.PREVIEWED),
    *(texts.STATUS_READ, texts.RUNS_READ, texts.RUN_READ),
)
"""What the lines of docs/api.md are answered, in their order."""
SWITCH_KEYS = ["is_running", "changed", "next_run", "active", "run"]


def measure_answer(site: Site, token: str, path: str) -> tuple[int, float]:
    """Return the status of an answer and the seconds that it took."""
    began = time.monotonic()
    status = site.ask("GET", path, token=token).status_code
    return status, time.monotonic() - began


def test_a_stop_and_a_start_are_what_kubectl_shows_and_their_bodies_are_exact(
    deployment: Deployment, site: Site, token: str
) -> None:
    stopped = site.ask("POST", "/booths/sync/stop/", token=token, json={"reason": "무대  점검"})
    assert see_suspended(deployment) == [True, True]
    notes = see(deployment, NAMES[0])["metadata"]["annotations"]
    assert notes["booth-sync/changed-by"] == "operate"
    assert notes["booth-sync/reason"] == "무대 점검"
    data = {
        "is_running": False,
        "changed": list(NAMES),
        "next_run": None,
        "active": [],
        "run": None,
    }
    envelope = {"statusCode": 200, "message": texts.STOPPED, "data": data}
    exact = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    assert (stopped.status_code, stopped.content) == (200, exact)
    metrics = site.ask("GET", "/metrics").text
    for name in NAMES:
        labels = f'{{cronjob="{name}",instance="default"}}'
        assert f"booth_sync_suspended{labels} 1.0" in metrics
        assert f"booth_sync_suspended_since_timestamp_seconds{labels}" in metrics
    assert 'booth_sync_up{instance="default",part="cluster"} 1.0' in metrics
    started = site.ask("POST", "/booths/sync/start/", token=token)
    assert (started.status_code, started.json()["message"]) == (200, texts.STARTED)
    assert list(started.json()["data"]) == SWITCH_KEYS
    assert started.json()["data"]["next_run"]
    assert see_suspended(deployment) == [False, False]
    again = site.ask("POST", "/booths/sync/start/", token=token)
    assert (again.json()["message"], again.json()["data"]["changed"]) == (texts.STARTED, [])
    kept = site.database.query("SELECT action, by, reason FROM booth_web_press ORDER BY id")
    assert kept == [("stop", "operate", "무대 점검"), *[("start", "operate", "")] * 2]


def test_a_patch_by_hand_shows_in_the_status_at_once(
    deployment: Deployment, site: Site, token: str
) -> None:
    for suspend in (True, False):
        patch_by_hand(deployment, suspend=suspend)
        answer = site.ask("GET", "/booths/sync/status/", token=token)
        assert answer.json()["message"] == texts.STATUS_READ
        data = answer.json()["data"]
        keys = ["is_running", "sync_interval", "api_url", "thread_alive", "last_update"]
        assert list(data)[:5] == keys
        assert data["is_running"] is not suspend
        assert "canary" not in answer.text


@pytest.mark.parametrize("fault", ["unauthorized", "service_unavailable", "login_page"])
def test_a_cluster_that_fails_is_told_in_the_envelope(
    deployment: Deployment, variables: dict[str, Any], lead_through: Lead, fault: str
) -> None:
    with (
        FaultProxy(deployment.control_plane, fault=fault) as proxy,
        serve(variables, KUBECONFIG=lead_through(proxy)) as site,
    ):
        token = make_people(site.database)["operate"]
        for verb in ("start", "stop"):
            answer = site.ask("POST", f"/booths/sync/{verb}/", token=token)
            assert answer.status_code == answer.json()["statusCode"] == 503
            assert answer.json()["data"]["code"].startswith("control_")
        status = site.ask("GET", "/booths/sync/status/", token=token)
        assert status.status_code == 200
        assert status.json()["data"]["is_running"] is None
        assert status.json()["data"]["control_error"]["message"]
        assert "Traceback" not in site.log


def test_a_cluster_that_hangs_keeps_nobody_else_waiting(
    deployment: Deployment, variables: dict[str, Any], lead_through: Lead
) -> None:
    with (
        FaultProxy(deployment.control_plane, fault="hang_after_reading") as proxy,
        serve(variables, KUBECONFIG=lead_through(proxy)) as served,
    ):
        token = make_people(served.database)["operate"]
        ask = partial(measure_answer, served, token)
        ask("/booths/sync/status/")  # imports the client
        with ThreadPoolExecutor(AT_ONCE) as pool:
            waiting = [pool.submit(ask, "/booths/sync/status/") for _ in range(AT_ONCE)]
            time.sleep(0.5)
            others = [ask(path) for path in ("/healthz", "/booths/", "/readyz")]
            slow = [each.result() for each in waiting]
        assert [status for status, _ in others] == [200, 200, 200]
        assert max(seconds for _, seconds in others) < min(seconds for _, seconds in slow)
        assert {status for status, _ in slow} == {200}
        assert max(seconds for _, seconds in slow) < AT_MOST_SECONDS


def test_each_documented_line_does_what_it_says(
    deployment: Deployment, variables: dict[str, Any]
) -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    lines = re.findall(r"^ {4}(curl .*)$", page, re.MULTILINE)
    assert len(lines) == len(DOORS)
    open_to_us = DIRECT | {"BOOTH_SYNC_HSTS_SECONDS": "0"}  # as printed, without TLS
    with serve(variables, **open_to_us) as site:
        manage(site.database, "booth_sync", "sync", **without_database(variables))
        token = make_people(site.database)["operate"]
        for line, message in zip(lines, DOORS, strict=True):
            shown = subprocess.run(
                ["bash", "-c", line.replace("http://127.0.0.1:8000", site.origin)],
                env={"PATH": os.defpath, "TOKEN": token},
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
            answer = json.loads(shown.stdout)
            assert (answer["statusCode"], answer["message"]) == (200, message), line
    assert see_suspended(deployment) == [True, True]
