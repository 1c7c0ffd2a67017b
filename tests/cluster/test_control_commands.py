"""start and stop as whole processes: what people and scripts see of a switch."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sample_upstream import SampleUpstream
from tests.conftest import ROOT, make_environment

from .conftest import NAMES, patch_by_hand, see, see_suspended
from .deployment import Deployment
from .proxy import FaultProxy
from .verbs import MAX_SECONDS, Lead, Run, measure, read_json
from .waiting import wait_for

REPRESENTATIVE = {
    "wrong_ca": "tls",
    "unauthorized": "unauthorized",
    "service_unavailable": "unavailable",
    "hang_after_reading": "timeout",
    "drip_body": "timeout",
    "login_page": "bad_answer",
}


@pytest.fixture
def deployment(shared: Deployment) -> Deployment:
    """The deployment with both CronJobs running."""
    patch_by_hand(shared, suspend=False)
    return shared


def jobs_of(deployment: Deployment) -> list[str]:
    """Return the Jobs that the CronJob of every five minutes has made."""
    items = json.loads(deployment.as_admin("get", "jobs", "-o", "json"))["items"]
    owners = [(item["metadata"]["ownerReferences"][0]["name"], item) for item in items]
    return [item["metadata"]["name"] for owner, item in owners if owner == "booth-sync"]


def test_a_stop_is_what_kubectl_shows_with_who_and_why(deployment: Deployment, run: Run) -> None:
    ended = run("stop", "--reason", "무대  점검")
    assert ended.returncode == 0
    assert ended.stdout.startswith("예약 실행을 껐습니다.\n")
    told = ("get", "cronjob", *NAMES, "-o", "jsonpath={.items[*].spec.suspend}")
    assert deployment.as_admin(*told) == "true true"
    for name in NAMES:
        notes = see(deployment, name)["metadata"]["annotations"]
        assert notes["booth-sync/changed-by"] == "minji"
        assert notes["booth-sync/reason"] == "무대 점검"
    assert "minji" in run("status").stdout
    assert ": 무대 점검" in run("status").stdout


def test_a_start_after_a_missed_slot_makes_one_job_and_a_stop_none(
    deployment: Deployment, run: Run
) -> None:
    assert run("stop").returncode == 0
    deployment.as_admin("delete", "jobs", "--all")  # of a minute that has just begun
    deployment.miss_a_slot("booth-sync")
    time.sleep(2)
    assert jobs_of(deployment) == []
    started = run("start")
    assert started.stdout.startswith("예약 실행을 켰습니다.\n다음 예약 실행: ")
    [job] = wait_for(lambda: jobs_of(deployment))
    wait_for(lambda: read_json(run)["cronjobs"][0]["active"] == [job])
    assert f"실행 중인 Job {job}" in run("status").stdout
    stopped = run("stop")
    assert "이미 시작된 실행은 끝까지 진행됩니다:" in stopped.stdout
    assert job in stopped.stdout
    assert jobs_of(deployment) == [job]


def test_a_stop_names_the_run_that_is_under_way(
    deployment: Deployment, run: Run, variables: dict[str, Any], upstream: SampleUpstream
) -> None:
    slow = upstream.fault_url("silent")
    command = [sys.executable, "manage.py", "booth_sync", "sync"]
    environment = make_environment(**variables | {"BOOTH_SYNC_API_URL": slow})
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    try:
        wait_for(lambda: read_json(run)["thread_alive"])
        told = run("stop").stdout.splitlines()  # from 17 h on also a Job of the peak's
        assert "이미 시작된 실행은 끝까지 진행됩니다:" in told
        assert told[-1] == "  실행 #1"
        assert read_json(run)["thread_alive"] is True
    finally:
        running.terminate()
        running.communicate()


def test_a_secret_in_a_reason_is_masked(deployment: Deployment, run: Run) -> None:
    assert run("stop", "--reason", "토큰 canary 교체").returncode == 0
    notes = see(deployment, "booth-sync")["metadata"]["annotations"]
    assert notes["booth-sync/reason"] == "토큰 *** 교체"


def test_a_second_start_is_a_success_with_a_warning(run: Run) -> None:
    ended = run("start")
    assert ended.returncode == 0
    assert ended.stdout.startswith("예약 실행이 이미 켜져 있어 바꾼 것이 없습니다.\n")
    assert "WARNING booth.control 예약 실행이 이미 켜져 있어 바꾼 것이 없습니다." in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "other", "code", "name"),
    [
        (("stop", "--reason", "x" * 201), {}, 64, "--reason"),
        (("pause",), {}, 64, "pause"),
        (("stop",), {"BOOTH_SYNC_CRONJOBS": ""}, 78, "[no_cronjob]"),
        (("start",), {"BOOTH_SYNC_CRONJOBS": "Not_A_Name"}, 78, "booth.E015"),
        (("start",), {"BOOTH_SYNC_CRONJOBS": "booth-sync,nobody"}, 69, "[control_forbidden]"),
        (("stop",), {"KUBECONFIG": "/nowhere"}, 69, "[control_no_credentials]"),
    ],
)
def test_its_exit_codes(
    run: Run, arguments: tuple[str, ...], other: dict[str, str], code: int, name: str
) -> None:
    ended = run(*arguments, **other)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert name in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("fault", REPRESENTATIVE)
def test_a_fault_ends_with_its_name_in_time(
    deployment: Deployment, run: Run, lead_through: Lead, fault: str
) -> None:
    starting, _ = measure(run, "status")  # a busy machine starts slowly, whatever the API does
    with FaultProxy(deployment.control_plane, fault=fault) as proxy:
        seconds, ended = measure(run, "stop", KUBECONFIG=lead_through(proxy))
    assert (ended.returncode, ended.stdout) == (69, ""), ended.stderr
    assert f"[control_{REPRESENTATIVE[fault]}]" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert seconds - starting <= MAX_SECONDS
    assert see_suspended(deployment) == [False, False]


def test_the_token_is_in_no_output(deployment: Deployment, run: Run, lead_through: Lead) -> None:
    for fault, style in ((None, "text"), ("unauthorized", "json")):
        talkative = {"BOOTH_SYNC_LOG_LEVEL": "DEBUG", "BOOTH_SYNC_LOG_FORMAT": style}
        with FaultProxy(deployment.control_plane, fault=fault) as proxy:
            path = lead_through(proxy)
            verbs = ("stop", "start", "status", "doctor")
            ended = [run(verb, KUBECONFIG=path, **talkative) for verb in verbs]
        token = json.loads(Path(path).read_text())["users"][0]["user"]["token"]
        assert proxy.requests[0].headers["authorization"].endswith(token)
        told = "".join(each.stdout + each.stderr for each in ended)
        assert "booth.control" in told or "control_unauthorized" in told
        assert all(part not in told for part in token.split("."))
