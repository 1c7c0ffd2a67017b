"""What the chart's objects are once a real API server has them, and who may change them."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from tests.cluster.control_plane import ControlPlane

from .helm import CHART, RELEASE

PEAK = CHART / "ci" / "peak.yaml"
OPERATOR = f"{RELEASE}-operator"
NAMES = ("booth-sync", "booth-sync-peak")


def become_operator(control_plane: ControlPlane, namespace: str, folder: Path) -> Any:
    """Return a kubectl with the rights of the operator's account and no other."""
    kubeconfig = control_plane.account_kubeconfig(
        folder / "operator.kubeconfig", account=OPERATOR, namespace=namespace
    )
    return partial(control_plane.kubectl, kubeconfig=kubeconfig)


def read_cronjobs(control_plane: ControlPlane, namespace: str) -> list[dict[str, Any]]:
    """Return the two CronJobs as the API server has them."""
    listed = control_plane.kubectl("get", "cronjobs", f"--namespace={namespace}", "-o", "json")
    cronjobs: list[dict[str, Any]] = json.loads(listed)["items"]
    assert [each["metadata"]["name"] for each in cronjobs] == list(NAMES)
    return cronjobs


def list_objects(control_plane: ControlPlane, namespace: str) -> set[str]:
    """Return the names of all objects of a namespace and of its cluster-scoped policies."""
    kinds = control_plane.kubectl("api-resources", "--namespaced", "--verbs=list", "-o", "name")
    wanted = [kind for kind in kinds.split() if not kind.startswith("events")]
    get = partial(control_plane.kubectl, "get", "--ignore-not-found", "-o", "name")
    policies = get("validatingadmissionpolicies,validatingadmissionpolicybindings").split()
    return {
        *get(",".join(wanted), f"--namespace={namespace}").split(),
        *(name for name in policies if f"/{namespace}." in name),
    }
