"""start, stop and status as whole processes: what people and scripts see of the schedule."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, make_environment, run_command

from .conftest import NAMES, patch_by_hand, see, see_suspended
from .control_plane import ControlPlane
from .deployment import Deployment, deploy
from .proxy import FaultProxy
from .waiting import wait_for

Run = Callable[..., Any]
Lead = Callable[[FaultProxy], str]
MAX_SECONDS = 9.0
KEYS = [
    *("is_running", "sync_interval", "api_url", "thread_alive", "last_update"),
    *("cronjobs", "last_run", "last_success", "last_success_age", "stale", "stale_after"),
    *("rows", "control_error"),
]
CRONJOB_KEYS = [
    *("name", "namespace", "schedule", "time_zone", "suspended", "changed_by", "changed_at"),
    *("reason", "next_run", "last_schedule", "active"),
]
REPRESENTATIVE = {
    "wrong_ca": "tls",
    "unauthorized": "unauthorized",
    "service_unavailable": "unavailable",
    "hang_after_reading": "timeout",
    "drip_body": "timeout",
    "login_page": "bad_answer",
}


@pytest.fixture(scope="module")
def shared(control_plane: ControlPlane) -> Iterator[Deployment]:
    """One deployment for all tests of this module."""
    deployed = deploy(control_plane, namespace="booth-sync-commands")
    yield deployed
    deployed.remove()


@pytest.fixture
def deployment(shared: Deployment) -> Deployment:
    """The deployment with both CronJobs running."""
    patch_by_hand(shared, suspend=False)
    return shared


@pytest.fixture
def run(variables: dict[str, Any]) -> Run:
    """A function that runs a verb of ``booth_sync``; keywords change its environment."""
    return lambda *arguments, **other: run_command("booth_sync", *arguments, **variables | other)


def measure(run: Run, *arguments: str, **other: str) -> tuple[float, Any]:
    """Return the seconds that a command takes, and how it ended."""
    began = time.monotonic()
    ended = run(*arguments, **other)
    return time.monotonic() - began, ended


def read_json(run: Run) -> Any:
    """Return what ``status --json`` says."""
    ended = run("status", "--json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def jobs_of(deployment: Deployment) -> list[str]:
    """Return the Jobs that the CronJob of every five minutes has made."""
    items = json.loads(deployment.as_admin("get", "jobs", "-o", "json"))["items"]
    owners = [(item["metadata"]["ownerReferences"][0]["name"], item) for item in items]
    return [item["metadata"]["name"] for owner, item in owners if owner == "booth-sync"]


def test_a_stop_is_what_kubectl_shows_with_who_and_why(deployment: Deployment, run: Run) -> None:
    ended = run("stop", "--reason", "무대  점검")
    assert ended.returncode == 0
    assert ended.stdout.startswith("부스 데이터 동기화가 중지되었습니다.\n")
    told = ("get", "cronjob", *NAMES, "-o", "jsonpath={.items[*].spec.suspend}")
    assert deployment.as_admin(*told) == "true true"
    for name in NAMES:
        notes = see(deployment, name)["metadata"]["annotations"]
        assert notes["booth-sync/changed-by"] == "minji"
        assert notes["booth-sync/reason"] == "무대 점검"
    assert "minji" in run("status").stdout
    assert ": 무대 점검" in run("status").stdout


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


def test_a_start_after_a_missed_slot_makes_one_job_and_a_stop_none(
    deployment: Deployment, run: Run
) -> None:
    assert run("stop").returncode == 0
    deployment.as_admin("delete", "jobs", "--all")  # of a minute that has just begun
    deployment.miss_a_slot("booth-sync")
    time.sleep(2)
    assert jobs_of(deployment) == []
    started = run("start")
    assert started.stdout.startswith("부스 데이터 동기화가 시작되었습니다.\n다음 예약 실행: ")
    [job] = wait_for(lambda: jobs_of(deployment))
    wait_for(lambda: read_json(run)["cronjobs"][0]["active"] == [job])
    assert f"실행 중인 Job {job}" in run("status").stdout
    stopped = run("stop")
    assert "이미 시작된 실행은 끝까지 진행됩니다: " in stopped.stdout
    assert job in stopped.stdout
    assert jobs_of(deployment) == [job]


def test_a_second_start_is_a_success_with_a_warning(run: Run) -> None:
    ended = run("start")
    assert ended.returncode == 0
    assert ended.stdout.startswith("동기화가 이미 실행 중입니다.\n")
    assert "WARNING booth.control 동기화가 이미 실행 중입니다." in ended.stderr


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


def test_without_the_api_server_status_answers_from_the_database(
    deployment: Deployment, run: Run, lead_through: Lead
) -> None:
    assert run("sync").returncode == 0
    with FaultProxy(deployment.control_plane, fault="refused") as proxy:
        path = lead_through(proxy)
        seconds, ended = measure(run, "status", "--json", KUBECONFIG=path)
        text = run("status", KUBECONFIG=path).stdout
    document = json.loads(ended.stdout)
    assert (ended.returncode, seconds <= MAX_SECONDS) == (0, True)
    assert (document["is_running"], document["cronjobs"]) == (None, [])
    assert document["control_error"]["reason"] == "unreachable"
    assert document["last_success"]["run"] == 1
    assert document["last_update"] is not None
    assert "예약 실행: 알 수 없음." in text
    assert "마지막 성공: #1" in text


@pytest.mark.parametrize("fault", REPRESENTATIVE)
def test_a_fault_ends_with_its_name_in_time(
    deployment: Deployment, run: Run, lead_through: Lead, fault: str
) -> None:
    starting, _ = measure(run, "runs")  # a busy machine starts slowly, whatever the API does
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
