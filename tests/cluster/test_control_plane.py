"""The cluster of the tests is a real one: its version, its controllers, its rights, its end."""

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from .binaries import Binaries, BinariesMissing, find, pinned_version
from .control_plane import ControlPlane, StartFailed
from .deployment import Deployment
from .kubectl import KubectlFailed
from .waiting import wait_for

ROOT = Path(__file__).parents[2]
IMAGE = "/spec/jobTemplate/spec/template/spec/containers/0/image"
PATCH = ("patch", "cronjob", "booth-sync", "-p")
ANNOTATIONS = {
    "booth-sync/changed-by": "민지",
    "booth-sync/changed-at": "2026-05-20T21:00:00+09:00",
    "booth-sync/reason": "점검",
}
OWN_CHANGE = {"spec": {"suspend": True}, "metadata": {"annotations": ANNOTATIONS}}


def jobs_of(deployment: Deployment) -> list[Any]:
    """Return the Jobs of the CronJob of every five minutes; that of the peak makes its own."""
    items = json.loads(deployment.as_admin("get", "jobs", "-o", "json"))["items"]
    return [job for job in items if job["metadata"]["ownerReferences"][0]["name"] == "booth-sync"]


@pytest.fixture(scope="module")
def untouched(shared: Deployment) -> Deployment:
    """A deployment for tests of what is refused: none of them changes it."""
    shared.as_admin("annotate", "cronjob", "booth-sync", "example.com/kept=yes")
    return shared


def test_it_is_the_pinned_kubernetes(control_plane: ControlPlane) -> None:
    version = json.loads(control_plane.kubectl("version", "-o", "json"))
    assert version["serverVersion"]["gitVersion"] == pinned_version("k8s.io/kubernetes")
    assert pinned_version("k8s.io/kubernetes") == "v1.34.4"


def test_a_missed_slot_becomes_one_job_with_a_pod(deployment: Deployment) -> None:
    deployment.miss_a_slot("booth-sync")
    job = wait_for(lambda: jobs_of(deployment))[0]
    owner = job["metadata"]["ownerReferences"][0]
    assert (owner["kind"], owner["name"]) == ("CronJob", "booth-sync")
    wait_for(lambda: deployment.as_admin("get", "pods", "-o", "name"))
    assert (
        deployment.as_admin(
            "get", "cronjob", "booth-sync", "-o", "jsonpath={.status.active[*].name}"
        )
        == (job["metadata"]["name"])
    )


def test_a_suspended_cronjob_makes_no_job(deployment: Deployment) -> None:
    deployment.as_operator(*PATCH, json.dumps(OWN_CHANGE), "--type=merge")
    deployment.as_admin("delete", "jobs", "--all")  # of a minute that had just begun
    deployment.miss_a_slot("booth-sync")
    time.sleep(2)
    assert jobs_of(deployment) == []
    deployment.as_operator(*PATCH, '{"spec":{"suspend":false}}', "--type=merge")
    assert len(wait_for(lambda: jobs_of(deployment))) == 1


def test_the_operator_may_stop_and_say_why(deployment: Deployment) -> None:
    deployment.as_operator(*PATCH, json.dumps(OWN_CHANGE), "--type=merge")
    cronjob = json.loads(deployment.as_operator("get", "cronjob", "booth-sync", "-o", "json"))
    assert cronjob["spec"]["suspend"] is True
    assert ANNOTATIONS.items() <= cronjob["metadata"]["annotations"].items()


@pytest.mark.parametrize(
    "arguments",
    [
        ("delete", "cronjob", "booth-sync"),
        ("get", "cronjobs"),
        ("get", "secrets"),
        ("get", "jobs"),
        ("get", "pods"),
        ("create", "job", "--from=cronjob/booth-sync", "by-hand"),
        ("create", "token", "booth-sync-operator"),
        (*PATCH, '{"status":{"lastScheduleTime":null}}', "--type=merge", "--subresource=status"),
    ],
    ids=lambda arguments: " ".join(arguments[:3]),
)
def test_the_operator_has_no_other_right(untouched: Deployment, arguments: tuple[str, ...]) -> None:
    with pytest.raises(KubectlFailed, match="forbidden: User") as refused:
        untouched.as_operator(*arguments)
    assert "ValidatingAdmissionPolicy" not in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        {"spec": {"schedule": "0 0 1 1 *"}},
        {"spec": {"timeZone": None}},
        {"spec": {"concurrencyPolicy": "Allow", "suspend": True}},
        {"spec": {"startingDeadlineSeconds": None}},
        {"spec": {"jobTemplate": {"metadata": {"labels": {"other": "label"}}}}},
        {"spec": {"jobTemplate": {"spec": {"parallelism": 5}}}},
        {"metadata": {"labels": {"other": "label"}}},
        {"metadata": {"labels": None}},
        {"metadata": {"finalizers": ["example.com/stay"]}},
        {
            "metadata": {
                "ownerReferences": [
                    {"apiVersion": "v1", "kind": "ConfigMap", "name": "other", "uid": "1"}
                ]
            }
        },
        {"metadata": {"annotations": {"booth-sync/other": "annotation"}}},
        {"metadata": {"annotations": None}},
        [{"op": "replace", "path": IMAGE, "value": "other:image"}],
    ],
    ids=json.dumps,
)
def test_the_policy_refuses_every_other_change(untouched: Deployment, change: Any) -> None:
    kind = "--type=json" if isinstance(change, list) else "--type=merge"
    version = ("get", "cronjob", "booth-sync", "-o", "jsonpath={.metadata.resourceVersion}")
    before = untouched.as_admin(*version)
    with pytest.raises(KubectlFailed, match="this account may change n") as refused:
        untouched.as_operator(*PATCH, json.dumps(change), kind)
    assert "(Forbidden)" in str(refused.value)
    assert untouched.as_admin(*version) == before


def test_the_policy_leaves_other_accounts_alone(deployment: Deployment) -> None:
    deployment.as_admin(*PATCH, '{"spec":{"schedule":"*/7 * * * *"}}', "--type=merge")
    schedule = ("get", "cronjob", "booth-sync", "-o", "jsonpath={.spec.schedule}")
    assert deployment.as_admin(*schedule) == "*/7 * * * *"


def test_the_policy_is_sound_for_the_servers_type_checker(untouched: Deployment) -> None:
    policy = ("get", "validatingadmissionpolicy", "-o", "jsonpath={.items[*].status}")
    assert wait_for(lambda: "typeChecking" in untouched.as_admin(*policy))
    assert "expressionWarnings" not in untouched.as_admin(*policy)


def test_a_pod_outside_the_restricted_standard_is_refused(untouched: Deployment) -> None:
    with pytest.raises(KubectlFailed, match="violates PodSecurity"):
        untouched.as_admin("run", "loose", "--image=any")


def test_a_token_bound_to_a_deleted_secret_is_revoked(
    deployment: Deployment, tmp_path: Path
) -> None:
    plane = deployment.control_plane
    deployment.as_admin("create", "secret", "generic", "binding")
    token = plane.token(
        "booth-sync-operator", namespace=deployment.namespace, bound_to_secret="binding"
    )
    kubeconfig = plane.write_kubeconfig(
        tmp_path / "bound", identity=token, namespace=deployment.namespace
    )

    def refusal() -> str:
        try:
            plane.kubectl("get", "cronjob", "booth-sync", kubeconfig=kubeconfig)
        except KubectlFailed as error:
            return str(error)
        return ""

    assert refusal() == ""
    deployment.as_admin("delete", "secret", "binding")
    assert "Unauthorized" in wait_for(refusal)


def test_a_failed_start_shows_the_log_and_leaves_nothing(tmp_path: Path) -> None:
    found = find()
    broken = tmp_path / "kube-apiserver"
    broken.write_text("#!/bin/sh\necho all is lost\nexit 3\n")
    broken.chmod(0o755)
    programs = Binaries(**{**vars(found), "kube_apiserver": broken})
    with pytest.raises(StartFailed, match=r"ended with 3 (?s:.)*all is lost"):
        ControlPlane(programs, folder=tmp_path).start()
    assert processes_with(tmp_path) == []


def test_an_envtest_folder_without_controllers_is_named(tmp_path: Path) -> None:
    programs = Binaries(**{**vars(find()), "kube_controller_manager": None})
    with pytest.raises(BinariesMissing, match="no kube-controller-manager"):
        ControlPlane(programs, folder=tmp_path)


def test_an_empty_assets_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    with pytest.raises(BinariesMissing, match="lacks etcd, kube-apiserver, kubectl"):
        find()


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_nothing_outlives_a_session_ended_by_sigkill(tmp_path: Path) -> None:
    session = textwrap.dedent(
        f"""
        import pathlib, signal, os
        from tests.cluster.binaries import find
        from tests.cluster.control_plane import ControlPlane
        ControlPlane(find(), folder=pathlib.Path({str(tmp_path)!r})).start()
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    ended = subprocess.run([sys.executable, "-c", session], cwd=ROOT, check=False)
    assert ended.returncode < 0
    assert (tmp_path / "kube-controller-manager.log").exists()
    wait_for(lambda: not processes_with(tmp_path), seconds=5)


def processes_with(folder: Path) -> list[str]:
    """Return the command lines of the running processes that name a folder."""
    listed = subprocess.run(
        ["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    own = str(os.getpid())
    return [line for line in listed if str(folder) in line and line.split()[0] != own]
