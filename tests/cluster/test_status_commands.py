"""status as a whole process: what people and scripts see of the schedule."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import ROOT, make_environment

from .conftest import patch_by_hand
from .deployment import Deployment
from .proxy import FaultProxy
from .verbs import MAX_SECONDS, Lead, Run, measure, read_json

KEYS = [
    *("is_running", "sync_interval", "api_url", "thread_alive", "last_update"),
    *("cronjobs", "last_run", "last_success", "last_success_age", "stale", "stale_after"),
    *("rows", "control_error"),
]
CRONJOB_KEYS = [
    *("name", "namespace", "schedule", "time_zone", "suspended", "changed_by", "changed_at"),
    *("reason", "next_run", "last_schedule", "active"),
]


@pytest.fixture
def deployment(shared: Deployment) -> Deployment:
    """The deployment with both CronJobs running."""
    patch_by_hand(shared, suspend=False)
    return shared


def test_a_kubectl_patch_shows_as_running_at_once(deployment: Deployment, run: Run) -> None:
    assert run("stop").returncode == 0
    assert "예약 실행: 꺼짐" in run("status").stdout
    assert read_json(run)["is_running"] is False
    patch_by_hand(deployment, suspend=False)
    assert "예약 실행: 켜짐" in run("status").stdout
    assert read_json(run)["is_running"] is True


def test_the_json_has_exactly_the_documented_keys_in_order(
    deployment: Deployment, run: Run
) -> None:
    assert run("sync").returncode == 0
    assert run("stop", "--reason", "점검").returncode == 0
    document = read_json(run)
    assert list(document) == KEYS
    assert [list(each) for each in document["cronjobs"]] == [CRONJOB_KEYS] * 2
    entry = document["cronjobs"][0]
    assert (entry["name"], entry["namespace"]) == ("booth-sync", deployment.namespace)
    assert (entry["schedule"], entry["time_zone"]) == ("*/5 * * * *", "Asia/Seoul")
    assert (entry["suspended"], entry["changed_by"], entry["reason"]) == (True, "minji", "점검")
    assert entry["next_run"] is None
    assert (document["is_running"], document["control_error"]) == (False, None)
    assert document["sync_interval"] in {60, 300}
    assert document["last_run"]["run"] == document["last_success"]["run"] == 1
    assert (document["stale"], document["stale_after"]) == (False, 900)
    assert "canary" not in json.dumps(document)


@pytest.mark.parametrize(
    ("fault", "reason"), [("refused", "unreachable"), ("hang_before_reading", "timeout")]
)
def test_without_the_api_server_status_answers_from_the_database(
    deployment: Deployment, run: Run, lead_through: Lead, fault: str, reason: str
) -> None:
    assert run("sync").returncode == 0
    starting, _ = measure(run, "status")
    with FaultProxy(deployment.control_plane, fault=fault) as proxy:
        path = lead_through(proxy)
        seconds, ended = measure(run, "status", "--json", KUBECONFIG=path)
        text = run("status", KUBECONFIG=path).stdout
    document = json.loads(ended.stdout)
    assert (ended.returncode, seconds - starting <= MAX_SECONDS) == (0, True)
    assert (document["is_running"], document["cronjobs"]) == (None, [])
    assert document["control_error"]["reason"] == reason
    assert document["last_success"]["run"] == 1
    assert document["last_update"] is not None
    assert "예약 실행: 알 수 없음." in text
    assert "마지막 성공: #1" in text


def test_watch_shows_changes_until_ctrl_c(
    deployment: Deployment, variables: dict[str, Any]
) -> None:
    watch = subprocess.Popen(
        [sys.executable, "manage.py", "booth_sync", "status", "--watch"],
        cwd=ROOT,
        env=make_environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watch.stdout is not None
    shown = (line for line in watch.stdout if line.startswith("예약 실행:"))
    try:
        assert next(shown).startswith("예약 실행: 켜짐")
        patch_by_hand(deployment, suspend=True)
        assert any("꺼짐" in line for line in itertools.islice(shown, 3))
    finally:
        watch.send_signal(signal.SIGINT)
        _, complaint = watch.communicate(timeout=MAX_SECONDS)
    assert (watch.returncode, complaint) == (130, "")
