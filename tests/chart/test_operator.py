"""The operator's account and its stop, at a real API server."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.kubectl import KubectlFailed
from tests.cluster.waiting import wait_for

from .helm import CHART, HELMS, RELEASE, Helm, HelmFailed
from .live import NAMES, PEAK, become_operator, read_cronjobs

STOP = json.dumps({"spec": {"suspend": True}})
BY_THE_NOTES = ("--field-manager=booth-sync", "--patch", STOP)


def test_the_operators_account_may_change_nothing_else(
    helm: Helm, control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    helm = replace(helm, kubeconfig=control_plane.admin_kubeconfig)
    helm.run("install", RELEASE, CHART, "--namespace", namespace, "--no-hooks", "--values", PEAK)
    operate = become_operator(control_plane, namespace, tmp_path)
    schedule = '{"spec":{"schedule":"0 0 1 1 *"}}'
    patch = ("patch", "cronjob", "booth-sync", "--type=merge", "-p", schedule, "--dry-run=server")

    def refusal() -> str:
        with pytest.raises(KubectlFailed) as refused:
            operate(*patch)
        return str(refused.value)

    def is_in_force() -> bool:
        try:
            operate(*patch)
        except KubectlFailed:
            return True
        return False

    assert wait_for(is_in_force, seconds=30)
    assert "this account may change nothing of spec but suspend" in refusal()
    with pytest.raises(KubectlFailed, match="forbidden: User"):
        operate("get", "secrets")
    cronjob = json.loads(operate("get", "cronjob", "booth-sync", "-o", "json"))
    for part in ("managedFields", "resourceVersion"):
        cronjob["metadata"].pop(part, None)
    apply = ("apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f", "-")
    with pytest.raises(KubectlFailed, match="this account may change nothing of managedFields"):
        operate(*apply, stdin=json.dumps(cronjob))
    operate("patch", "cronjob", *NAMES, "--type=merge", "-p", STOP)
    upgrade = ("--namespace", namespace, "--no-hooks", "--values", PEAK, "--set", "timeZone=UTC")
    helm.run("upgrade", RELEASE, CHART, *upgrade)
    for each in read_cronjobs(control_plane, namespace):
        assert (each["spec"]["suspend"], each["spec"]["timeZone"]) == (True, "UTC")


def test_helm_3_writes_the_value_over_a_stop(control_plane: ControlPlane, namespace: str) -> None:
    helm = replace(HELMS[0], kubeconfig=control_plane.admin_kubeconfig)
    install_and_stop(helm, control_plane, namespace, suspend=False)
    helm.run("upgrade", RELEASE, CHART, *options(namespace, suspend=False))
    suspended = [each["spec"]["suspend"] for each in read_cronjobs(control_plane, namespace)]
    assert suspended == [False, False]


def test_helm_4_refuses_to_write_the_value_over_a_stop_unless_forced(
    control_plane: ControlPlane, namespace: str
) -> None:
    helm = replace(HELMS[1], kubeconfig=control_plane.admin_kubeconfig)
    install_and_stop(helm, control_plane, namespace, suspend=False)
    with pytest.raises(HelmFailed, match=r'conflict with "booth-sync".*: \.spec\.suspend'):
        helm.run("upgrade", RELEASE, CHART, *options(namespace, suspend=False))
    suspended = [each["spec"]["suspend"] for each in read_cronjobs(control_plane, namespace)]
    assert suspended == [True, True]
    helm.run("upgrade", RELEASE, CHART, *options(namespace, suspend=False), "--force-conflicts")
    suspended = [each["spec"]["suspend"] for each in read_cronjobs(control_plane, namespace)]
    assert suspended == [False, False]


def test_the_notes_say_what_a_value_of_suspend_does(
    helm: Helm, control_plane: ControlPlane, namespace: str
) -> None:
    helm = replace(helm, kubeconfig=control_plane.admin_kubeconfig)
    arguments = ("install", RELEASE, CHART, "--dry-run=client")
    assert "--force-conflicts" in helm.run(*arguments, *options(namespace, suspend=True))
    assert "--force-conflicts" not in helm.run(*arguments, *options(namespace, suspend=None))


def options(namespace: str, *, suspend: bool | None) -> list[str]:
    """Return Helm's options for a release without migrations."""
    given = ["--namespace", namespace, "--no-hooks", "--values", str(PEAK)]
    return [*given, "--set-json", f"suspend={json.dumps(suspend)}"]


def install_and_stop(
    helm: Helm, control_plane: ControlPlane, namespace: str, *, suspend: bool
) -> None:
    """Install with a value of ``suspend``, then stop as NOTES say."""
    helm.run("install", RELEASE, CHART, *options(namespace, suspend=suspend))
    patch = ("patch", "cronjob", *NAMES, f"--namespace={namespace}")
    control_plane.kubectl(*patch, *BY_THE_NOTES)
