"""The chart and the plain manifests at a real API server."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.control_plane import ControlPlane
from tests.cluster.kubectl import KubectlFailed
from tests.cluster.waiting import wait_for
from tests.conftest import ROOT

from .helm import CHART, CI_VALUES, HELMS, MINIMAL, RELEASE, Helm, list_pods, set_values
from .live import NAMES, PEAK, become_operator, list_objects, read_cronjobs

Upgrade = Callable[..., None]
ANNOTATIONS = {"booth-sync/changed-by": "민지", "booth-sync/reason": "점검"}
STOP = {"spec": {"suspend": True}, "metadata": {"annotations": ANNOTATIONS}}
START = {"spec": {"suspend": False}}


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda path: path.stem)
def test_the_api_server_accepts_it(
    helm: Helm, values: Path, control_plane: ControlPlane, namespace: str
) -> None:
    objects = helm.render(values=values, namespace=namespace)
    pods = list_pods(objects)
    for account in {pod["spec"]["serviceAccountName"] for pod in pods} - {"default"}:
        control_plane.kubectl("create", "serviceaccount", account, f"--namespace={namespace}")
    for number, pod in enumerate(pods):  # of a CronJob's pod the server would only warn
        pod |= {"apiVersion": "v1", "kind": "Pod"}
        pod["metadata"] |= {"name": f"pod-{number}", "namespace": namespace}
    accepted = control_plane.kubectl(
        *("apply", "--server-side", "--dry-run=server", "--validate=strict"),
        *("--warnings-as-errors", "-f", "-"),
        stdin=yaml.safe_dump_all([*objects, *pods]),
    )
    assert len(accepted.splitlines()) == len(objects) + len(pods)


def test_the_api_server_accepts_the_pod_that_waits_for_commands(
    helm: Helm, control_plane: ControlPlane, namespace: str
) -> None:
    objects = helm.render(namespace=namespace, operator__enabled=True)
    control_plane.kubectl(
        *("apply", "--server-side", "--dry-run=server", "--validate=strict"),
        *("--warnings-as-errors", "-f", "-"),
        stdin=yaml.safe_dump_all([each for each in objects if each["kind"] == "Deployment"]),
    )


def test_the_namespace_would_refuse_a_pod_of_less_security(
    control_plane: ControlPlane, namespace: str
) -> None:
    pod = list_pods(HELMS[0].render(namespace=namespace, securityContext={}))[0]
    pod["metadata"] |= {"name": "loose", "namespace": namespace}
    pod["spec"] |= {"serviceAccountName": "default"}
    pod["spec"]["containers"][0].pop("securityContext")
    document = json.dumps({"apiVersion": "v1", "kind": "Pod"} | pod)
    with pytest.raises(KubectlFailed, match="violates PodSecurity"):
        control_plane.kubectl("apply", "--dry-run=server", "-f", "-", stdin=document)


@pytest.fixture(params=["helm3", "helm4", "helm3 then helm4", "kubectl apply", "kubectl server"])
def upgrade(
    request: pytest.FixtureRequest, control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> Upgrade:
    """Install in one of the ways that there are; the function returned upgrades in that way."""
    if request.param.startswith("kubectl"):
        options = ("--server-side",) if request.param.endswith("server") else ()
        apply = partial(apply_manifests, control_plane, namespace, tmp_path / "k8s", options)
        apply()
        return apply
    first, _, then = request.param.partition(" then ")
    helms = [
        replace(helm, kubeconfig=control_plane.admin_kubeconfig)
        for name in (first, then or first)
        for helm in HELMS
        if helm.name == name
    ]
    common = ["--namespace", namespace, "--no-hooks", "--values", PEAK]
    helms[0].run("install", RELEASE, CHART, *common)

    def upgrade(**changes: Any) -> None:
        helms[1].run("upgrade", RELEASE, CHART, *common, *set_values(changes))

    return upgrade


def test_a_stop_and_a_start_survive_upgrades(
    upgrade: Upgrade, control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    operate = become_operator(control_plane, namespace, tmp_path)
    for name in NAMES:
        operate("patch", "cronjob", name, "--type=merge", "-p", json.dumps(STOP))
    upgrade(job__activeDeadlineSeconds=200)
    for cronjob in read_cronjobs(control_plane, namespace):
        assert cronjob["spec"]["suspend"] is True
        assert ANNOTATIONS.items() <= cronjob["metadata"]["annotations"].items()
        assert cronjob["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 200
    for name in NAMES:
        operate("patch", "cronjob", name, "--type=merge", "-p", json.dumps(START))
    upgrade(job__activeDeadlineSeconds=210)
    for cronjob in read_cronjobs(control_plane, namespace):
        assert cronjob["spec"]["suspend"] is False
        assert cronjob["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 210


def test_a_cronjob_that_an_upgrade_adds_is_new_and_runs(
    helm: Helm, control_plane: ControlPlane, namespace: str
) -> None:
    helm = replace(helm, kubeconfig=control_plane.admin_kubeconfig)
    common = [RELEASE, CHART, "--namespace", namespace, "--no-hooks", "--values"]
    helm.run("install", *common, MINIMAL)
    stop = ("patch", "cronjob", NAMES[0], f"--namespace={namespace}", "--patch")
    control_plane.kubectl(*stop, json.dumps({"spec": STOP["spec"]}))
    notes = helm.run("upgrade", *common, PEAK)
    assert "A CronJob that an upgrade adds or renames is a new one" in notes
    suspended = [each["spec"]["suspend"] for each in read_cronjobs(control_plane, namespace)]
    assert suspended == [True, False]


def test_a_stop_by_the_notes_survives_a_rollback_and_nothing_an_uninstall(
    helm: Helm, control_plane: ControlPlane, namespace: str
) -> None:
    helm = replace(helm, kubeconfig=control_plane.admin_kubeconfig)
    common = ["--namespace", namespace, "--no-hooks"]
    before = list_objects(control_plane, namespace)
    notes = helm.run("install", RELEASE, CHART, *common, "--values", PEAK)
    assert f"helm test {RELEASE} --namespace {namespace}" in notes
    assert f"kubectl --namespace {namespace} create job $job --from=cronjob/booth-sync" in notes
    patches = re.findall(r"kubectl (--namespace \S+ patch cronjob .*) --patch '(.*true.*)'", notes)
    assert len(patches) == 1
    control_plane.kubectl(*patches[0][0].split(), "--patch", patches[0][1])
    helm.run("upgrade", RELEASE, CHART, *common, "--values", PEAK, "--set", "timeZone=UTC")
    helm.run("rollback", RELEASE, "1", *common)
    for cronjob in read_cronjobs(control_plane, namespace):
        assert (cronjob["spec"]["suspend"], cronjob["spec"]["timeZone"]) == (True, "Asia/Seoul")
    helm.run("uninstall", RELEASE, *common)
    wait_for(lambda: list_objects(control_plane, namespace) == before)


def apply_manifests(
    control_plane: ControlPlane,
    namespace: str,
    folder: Path,
    options: tuple[str, ...],
    **changes: Any,
) -> None:
    """Apply ``k8s/`` in a namespace of its own by an overlay, as docs/deploy.md says."""
    overlay = folder / "overlay"
    shutil.copytree(ROOT / "k8s", folder / "k8s", dirs_exist_ok=True)
    overlay.mkdir(exist_ok=True)
    seconds = changes.get("job__activeDeadlineSeconds", 240)
    deadline = [
        {"op": "replace", "path": "/spec/jobTemplate/spec/activeDeadlineSeconds", "value": seconds}
    ]
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["../k8s"],
        "patches": [{"target": {"kind": "CronJob"}, "patch": json.dumps(deadline)}],
    }
    (overlay / "kustomization.yaml").write_text(json.dumps(kustomization))
    text = control_plane.kubectl("kustomize", str(overlay))
    text = re.sub(r"\bnamespace: booth-sync$", f"namespace: {namespace}", text, flags=re.MULTILINE)
    objects = [each for each in yaml.safe_load_all(text) if each["kind"] != "Namespace"]
    cronjob = next(each for each in objects if each["kind"] == "CronJob")
    peak = json.loads(json.dumps(cronjob))
    peak["metadata"]["name"] = NAMES[1]
    role = next(each for each in objects if each["kind"] == "Role")
    role["rules"][0]["resourceNames"] = list(NAMES)
    for each in objects:
        if each["kind"].startswith("ValidatingAdmissionPolicy"):
            each["metadata"]["name"] += f"-{namespace}"
    stdin = yaml.safe_dump_all([*objects, peak])
    control_plane.kubectl("apply", *options, "-f", "-", stdin=stdin)
