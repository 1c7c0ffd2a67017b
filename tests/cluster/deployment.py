"""What the chart makes of two schedules, applied to a namespace of its own."""

import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.chart.helm import CHART, RELEASE, Helm

from .control_plane import ControlPlane
from .kubectl import KubectlFailed
from .waiting import wait_for

NAMESPACE = "booth-sync"
ANY_NAMESPACE = "the-namespace-of-a-test"
OPERATOR = "booth-sync-operator"
IN_FORCE_SECONDS = 30
FORBIDDEN_PATCH = (
    *("patch", "cronjob", "booth-sync", "--type=merge"),
    *("-p", '{"spec":{"schedule":"0 0 1 1 *"}}'),
)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Two CronJobs (``booth-sync``, ``booth-sync-peak``) and who may stop and start them."""

    control_plane: ControlPlane
    namespace: str
    operator: Path
    """A kubeconfig with a bound token of the operator's account."""

    def as_admin(self, *arguments: str) -> str:
        """Run kubectl in the namespace with every right there is."""
        return self.control_plane.kubectl(*arguments, f"--namespace={self.namespace}")

    def as_operator(self, *arguments: str) -> str:
        """Run kubectl in the namespace with the rights of the operator's account."""
        return self.control_plane.kubectl(*arguments, kubeconfig=self.operator)

    def miss_a_slot(self, cronjob: str) -> None:
        """Let the controller believe that its last run is a quarter of an hour ago.

        A CronJob with ``startingDeadlineSeconds`` ≥ its period then makes one Job at once, unless
        it is suspended: no test needs to wait for a full minute.
        """
        last_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 900))
        patch = f'{{"status":{{"lastScheduleTime":"{last_at}"}}}}'
        self.as_admin(
            "patch", "cronjob", cronjob, "--subresource=status", "--type=merge", "-p", patch
        )

    def remove(self) -> None:
        """Delete the namespace, without waiting for the end of it, and its policy."""
        kinds = "validatingadmissionpolicies,validatingadmissionpolicybindings"
        self.control_plane.kubectl("delete", kinds, f"{self.namespace}.{OPERATOR}")
        self.control_plane.kubectl("delete", "namespace", self.namespace, "--wait=false")


def deploy(control_plane: ControlPlane, *, namespace: str = NAMESPACE) -> Deployment:
    """Apply the chart's objects and return when roles and policy are in force (about a second)."""
    account = ("get", "serviceaccount", "default", "--ignore-not-found", f"--namespace={namespace}")
    control_plane.kubectl("create", "namespace", namespace)
    label = ("label", "namespace", namespace)
    control_plane.kubectl(*label, "pod-security.kubernetes.io/enforce=restricted")
    control_plane.kubectl("apply", "-f", "-", stdin=_render(namespace))
    operator = control_plane.account_kubeconfig(
        control_plane.folder / f"{namespace}.kubeconfig", account=OPERATOR, namespace=namespace
    )
    deployment = Deployment(control_plane=control_plane, namespace=namespace, operator=operator)
    _wait_until_in_force(deployment)
    wait_for(lambda: control_plane.kubectl(*account))  # a controller makes it: no pod before
    return deployment


def _render(namespace: str) -> str:
    """Return the chart's objects with a schedule for peak hours, hooks left out."""
    return _render_once().replace(ANY_NAMESPACE, namespace)


@cache
def _render_once() -> str:
    options = ["--namespace", ANY_NAMESPACE, "--values", CHART / "ci" / "peak.yaml", "--no-hooks"]
    return Helm(name="helm3").run("template", RELEASE, CHART, *options)


def _wait_until_in_force(deployment: Deployment) -> None:
    """Wait until the policy refuses: the API server reads roles and policies a little later."""

    def is_in_force() -> bool:
        try:
            deployment.as_operator(*FORBIDDEN_PATCH, "--dry-run=server")
        except KubectlFailed as error:
            return "ValidatingAdmissionPolicy" in str(error)
        return False

    wait_for(is_in_force, seconds=IN_FORCE_SECONDS)
