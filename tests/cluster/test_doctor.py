"""The doctor finds what is wrong, says what to do, and fails only for failures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sample_upstream import SampleUpstream
from tests.conftest import run_command
from tests.faults.databases import fresh_database
from tests.pushgateway.gateways import KINDS, listening

from .conftest import patch_by_hand
from .deployment import Deployment
from .kubectl import KubectlFailed
from .proxy import FaultProxy
from .waiting import wait_for

Examine = Callable[..., dict[str, list[Any]]]
THINGS = ("설정", "데이터베이스", "D-Order", "Pushgateway", "CronJob", "권한", "시계")
WELL = {name: ["ok"] * (2 if name in {"CronJob", "권한"} else 1) for name in THINGS}
READY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"


@pytest.fixture
def deployment(shared: Deployment) -> Deployment:
    """One deployment for all examinations: none of them changes it."""
    return shared


@pytest.fixture
def well(variables: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """An environment in which nothing is wrong."""
    with listening(lambda connection: connection.sendall(READY)) as gateway:
        yield variables | {"BOOTH_SYNC_PUSHGATEWAY_URL": gateway}


@pytest.fixture
def examine(well: dict[str, Any]) -> Examine:
    """A function that returns the findings by name, and checks that the exit code fits them."""

    def run(**other: str) -> dict[str, list[Any]]:
        ended = run_command("booth_sync", "doctor", "--json", **well | other)
        assert "Traceback" not in ended.stderr
        document = json.loads(ended.stdout)
        findings = document["checks"]
        has_failed = any(finding["level"] == "failure" for finding in findings)
        assert (ended.returncode, document["ok"]) == (int(has_failed), not has_failed)
        names = {finding["name"] for finding in findings}
        return {name: [each for each in findings if each["name"] == name] for name in names}

    return run


def levels_in(findings: dict[str, list[Any]]) -> dict[str, list[str]]:
    """Return how bad it is, by the names of the things."""
    return {name: [each["level"] for each in many] for name, many in findings.items()}


def failures_in(findings: dict[str, list[Any]]) -> set[str]:
    """Return the names of the things that failed."""
    return {each["name"] for many in findings.values() for each in many if is_failure(each)}


def is_failure(finding: Any) -> bool:
    """Return whether it is one, and check that it says what to do."""
    if finding["level"] != "failure":
        return False
    assert finding["next_step"] or "세요" in finding["message"], finding
    return True


def add_account(deployment: Deployment, name: str, *, verbs: str) -> Path:
    """Return a kubeconfig of a new account with these rights to CronJobs."""
    deployment.as_admin("create", "serviceaccount", name)
    deployment.as_admin("create", "role", name, f"--verb={verbs}", "--resource=cronjobs.batch")
    account = f"{deployment.namespace}:{name}"
    binding = (f"--role={name}", f"--serviceaccount={account}")
    deployment.as_admin("create", "rolebinding", name, *binding)

    def may_get() -> bool:
        user = f"--as=system:serviceaccount:{account}"
        try:
            return deployment.as_admin("auth", "can-i", "get", "cronjobs", user) == "yes"
        except KubectlFailed:
            return False

    wait_for(may_get)
    plane = deployment.control_plane
    path = plane.folder / f"{name}.kubeconfig"
    return plane.account_kubeconfig(path, account=name, namespace=deployment.namespace)


def test_everything_is_well(well: dict[str, Any]) -> None:
    ended = run_command("booth_sync", "doctor", **well)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert {line.split()[0] for line in lines} == {"OK"}
    things = ["설정", "데이터베이스", "D-Order", "Pushgateway", *["CronJob"] * 2, *["권한"] * 2]
    assert [line.split()[1].rstrip(":") for line in lines][:8] == things
    [clock] = lines[8:]
    assert "Kubernetes API의 시계와" in clock


def test_each_finding_is_a_line_and_its_next_step_another(well: dict[str, Any]) -> None:
    wrong = {"BOOTH_SYNC_LEASE": "1", "KUBECONFIG": "/nowhere"}
    ended = run_command("booth_sync", "doctor", **well | wrong)
    assert (ended.returncode, ended.stderr) == (1, "")
    lines = ended.stdout.splitlines()
    told = [line for line in lines if not line.startswith("      ")]
    assert {line.split()[0] for line in told} == {"OK", "경고", "실패"}
    failed = [line for line in lines if line.startswith("실패")]
    assert failed[0].startswith("실패  설정: [booth.E007] ")
    assert lines[lines.index(failed[0]) + 1].endswith("늘리세요.")
    assert failed[1].startswith("실패  CronJob: Kubernetes에 접속할 자격 증명이 없거나")
    assert told[-1].startswith("경고  권한: 위의 CronJob 문제 때문에 확인하지 못했습니다.")


def test_its_json_is_a_verdict_and_a_list_of_findings(well: dict[str, Any]) -> None:
    ended = run_command("booth_sync", "doctor", "--json", **well)
    document = json.loads(ended.stdout)
    assert list(document) == ["ok", "checks"]
    assert document["ok"] is True
    for finding in document["checks"]:
        assert list(finding) == ["name", "level", "message", "next_step"]
        assert finding["level"] in {"ok", "warning", "failure"}


def test_a_stopped_schedule_is_a_warning(deployment: Deployment, examine: Examine) -> None:
    patch_by_hand(deployment, suspend=True)
    findings = examine()
    patch_by_hand(deployment, suspend=False)
    assert failures_in(findings) == set()
    assert [each["level"] for each in findings["CronJob"]] == ["warning"] * 2
    assert "booth_sync start" in findings["CronJob"][0]["next_step"]


def test_no_cronjob_is_in_order_and_no_gateway_a_warning(examine: Examine) -> None:
    findings = examine(BOOTH_SYNC_CRONJOBS="", BOOTH_SYNC_PUSHGATEWAY_URL="")
    assert failures_in(findings) == set()
    assert findings["CronJob"][0]["level"] == "ok"
    assert findings["CronJob"][0]["message"].startswith("설정 안 됨")
    assert findings["Pushgateway"][0]["level"] == "warning"


def test_a_wrong_setting_fails(examine: Examine) -> None:
    findings = examine(BOOTH_SYNC_LEASE="1")
    assert failures_in(findings) == {"설정"}
    assert "BOOTH_SYNC_LEASE" in findings["설정"][0]["message"]
    assert levels_in(findings) == WELL | {"설정": ["failure"]}


@pytest.mark.parametrize(
    ("variable", "value", "blocked"),
    [
        ("BOOTH_SYNC_PUSH_TIMEOUT", "9", {"Pushgateway"}),
        ("BOOTH_SYNC_API_TOKEN", "두 단어", {"D-Order"}),
        ("BOOTH_SYNC_MAX_ATTEMPTS", "many", {"D-Order"}),
        ("BOOTH_SYNC_NAMESPACE", "Not A Name", {"CronJob", "권한"}),
    ],
)
def test_a_wrong_setting_hides_only_what_needs_it(
    examine: Examine, variable: str, value: str, blocked: set[str]
) -> None:
    findings = examine(**{variable: value})
    assert failures_in(findings) == {"설정"}
    seen = levels_in(findings)
    assert {name: seen[name] for name in blocked} == {name: ["warning"] for name in blocked}
    others = [name for name in WELL if name not in {*blocked, "설정", "시계"}]
    assert {name: seen[name] for name in others} == {name: WELL[name] for name in others}
    [first, *_] = (findings[name][0] for name in seen if name in blocked - {"권한"})
    assert variable in first["message"]


def test_a_database_without_migrations_fails(examine: Examine) -> None:
    with fresh_database(migrated=False) as empty:
        findings = examine(DATABASE_URL=empty.url)
    assert failures_in(findings) == {"데이터베이스"}
    assert "migrate" in json.dumps(findings["데이터베이스"])


@pytest.mark.parametrize(
    ("fault", "code"), [("status-404", "source_http_404"), ("html", "feed_malformed")]
)
def test_an_upstream_without_a_booth_list_fails(
    examine: Examine, upstream: SampleUpstream, fault: str, code: str
) -> None:
    findings = examine(BOOTH_SYNC_API_URL=upstream.fault_url(fault))
    assert failures_in(findings) == {"D-Order"}
    assert code in findings["D-Order"][0]["message"]


@pytest.mark.parametrize("kind", ["down", "400"])
def test_a_pushgateway_that_is_not_ready_fails(examine: Examine, kind: str) -> None:
    with KINDS[kind]() as url:
        findings = examine(BOOTH_SYNC_PUSHGATEWAY_URL=url)
    assert failures_in(findings) == {"Pushgateway"}


def test_a_cronjob_of_a_wrong_name_fails_beside_the_good_one(examine: Examine) -> None:
    findings = examine(BOOTH_SYNC_CRONJOBS="booth-sync,nobody")
    assert {"CronJob"} <= failures_in(findings) <= {"CronJob", "권한"}
    assert [each["level"] for each in findings["CronJob"]].count("ok") == 1
    assert "nobody" in json.dumps([each for each in findings["CronJob"] if is_failure(each)])


def test_an_account_without_rights_fails(deployment: Deployment, examine: Examine) -> None:
    plane, namespace = deployment.control_plane, deployment.namespace
    path = plane.folder / "default.kubeconfig"
    kubeconfig = plane.account_kubeconfig(path, account="default", namespace=namespace)
    findings = examine(KUBECONFIG=str(kubeconfig))
    assert failures_in(findings) == {"CronJob", "권한"}
    assert [each["message"].endswith(": get, patch.") for each in findings["권한"]] == [True, True]
    assert "읽을 권한이 없습니다" in findings["CronJob"][0]["message"]


def test_an_account_that_may_only_read_fails(deployment: Deployment, examine: Examine) -> None:
    findings = examine(KUBECONFIG=str(add_account(deployment, "reader", verbs="get")))
    assert failures_in(findings) == {"권한"}
    assert [each["message"].endswith(": patch.") for each in findings["권한"]] == [True, True]


def test_an_account_that_may_delete_is_a_warning(deployment: Deployment, examine: Examine) -> None:
    account = add_account(deployment, "owner", verbs="get,patch,delete")
    findings = examine(KUBECONFIG=str(account))
    assert failures_in(findings) == set()
    assert [each["level"] for each in findings["권한"]] == ["warning"] * 2
    assert "delete" in findings["권한"][0]["message"]


@pytest.mark.parametrize("fault", ["refused", "wrong_ca", "login_page"])
def test_an_api_server_that_cannot_be_asked_fails(
    deployment: Deployment, examine: Examine, tmp_path: Path, fault: str
) -> None:
    with FaultProxy(deployment.control_plane, fault=fault) as proxy:
        path = proxy.kubeconfig(tmp_path / "_", namespace=deployment.namespace)
        findings = examine(KUBECONFIG=str(path))
    assert failures_in(findings) == {"CronJob"}
    assert levels_in(findings)["권한"] == ["warning"]
    assert "CronJob" in findings["권한"][0]["message"]
    assert findings["데이터베이스"][0]["level"] == "ok"
