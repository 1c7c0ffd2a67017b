"""GitOps controllers apply what the chart renders, as they do it: server-side, by their names."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.cluster.control_plane import ControlPlane
from tests.cluster.kubectl import KubectlFailed

from .helm import HELMS
from .live import NAMES, PEAK, read_cronjobs
from .test_operator import BY_THE_NOTES

CONTROLLERS = ("argocd-controller", "kustomize-controller", "helm-controller")


def reconcile(
    control_plane: ControlPlane,
    namespace: str,
    controller: str,
    *,
    force: bool = True,
    **values: Any,
) -> str:
    """Apply the chart's objects, hooks aside, as a controller does at each of its intervals."""
    objects = [
        each
        for each in HELMS[1].render(values=PEAK, namespace=namespace, **values)
        if "helm.sh/hook" not in each["metadata"].get("annotations", {})
    ]
    options = ("--server-side", f"--field-manager={controller}", f"--namespace={namespace}")
    forced = ("--force-conflicts",) if force else ()
    text = yaml.safe_dump_all(objects)
    return control_plane.kubectl("apply", *options, *forced, "-f", "-", stdin=text)


def stop(control_plane: ControlPlane, namespace: str) -> None:
    """Stop as NOTES say."""
    patch = ("patch", "cronjob", *NAMES, f"--namespace={namespace}")
    control_plane.kubectl(*patch, *BY_THE_NOTES)


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_a_stop_outlives_every_reconciliation(
    controller: str, control_plane: ControlPlane, namespace: str
) -> None:
    reconcile(control_plane, namespace, controller)
    stop(control_plane, namespace)
    reconcile(control_plane, namespace, controller)
    reconcile(control_plane, namespace, controller, timeZone="UTC")
    for each in read_cronjobs(control_plane, namespace):
        assert (each["spec"]["suspend"], each["spec"]["timeZone"]) == (True, "UTC")


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_what_nobody_changed_is_not_changed_again(
    controller: str, control_plane: ControlPlane, namespace: str
) -> None:
    def read_versions() -> list[str]:
        found = read_cronjobs(control_plane, namespace)
        return [each["metadata"]["resourceVersion"] for each in found]

    reconcile(control_plane, namespace, controller)
    stop(control_plane, namespace)
    before = read_versions()
    reconcile(control_plane, namespace, controller)
    assert read_versions() == before


def test_a_value_of_suspend_undoes_a_stop_or_is_refused(
    control_plane: ControlPlane, namespace: str
) -> None:
    controller = CONTROLLERS[0]
    reconcile(control_plane, namespace, controller, suspend=False)
    stop(control_plane, namespace)
    with pytest.raises(KubectlFailed, match=r'conflict with "booth-sync".*: \.spec\.suspend'):
        reconcile(control_plane, namespace, controller, suspend=False, force=False)
    assert all(each["spec"]["suspend"] for each in read_cronjobs(control_plane, namespace))
    reconcile(control_plane, namespace, controller, suspend=False)
    assert not any(each["spec"]["suspend"] for each in read_cronjobs(control_plane, namespace))


def test_the_web_part_is_applied_with_the_rest(control_plane: ControlPlane, namespace: str) -> None:
    applied = reconcile(control_plane, namespace, CONTROLLERS[1], web__enabled=True)
    assert "deployment.apps/booth-sync-web serverside-applied" in applied
