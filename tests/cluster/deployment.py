"""The manifests of this folder, applied to a namespace of their own."""

import time
from dataclasses import dataclass
from pathlib import Path

from .control_plane import ControlPlane
from .kubectl import KubectlFailed
from .waiting import wait_for

MANIFESTS = Path(__file__).with_name("manifests")
NAMESPACE = "booth-sync"
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
        """Delete the namespace, without waiting for the end of it; the policy stays."""
        self.control_plane.kubectl("delete", "namespace", self.namespace, "--wait=false")


def deploy(control_plane: ControlPlane, *, namespace: str = NAMESPACE) -> Deployment:
    """Apply the manifests and return when roles and policy are in force (about a second)."""
    for names in (("namespace",), ("policy", "cronjobs", "operator")):  # a namespace comes first
        manifests = "---\n".join((MANIFESTS / f"{name}.yaml").read_text() for name in names)
        control_plane.kubectl("apply", "-f", "-", stdin=_in_namespace(manifests, namespace))
    operator = control_plane.account_kubeconfig(
        control_plane.folder / f"{namespace}.kubeconfig", account=OPERATOR, namespace=namespace
    )
    deployment = Deployment(control_plane=control_plane, namespace=namespace, operator=operator)
    _wait_until_in_force(deployment)
    return deployment


def _in_namespace(manifest: str, namespace: str) -> str:
    named = manifest.replace(f"namespace: {NAMESPACE}\n", f"namespace: {namespace}\n")
    if "kind: Namespace\n" not in manifest:
        return named
    return named.replace(f"name: {NAMESPACE}\n", f"name: {namespace}\n")


def _wait_until_in_force(deployment: Deployment) -> None:
    """Wait until the policy refuses: the API server reads roles and policies a little later."""

    def is_in_force() -> bool:
        try:
            deployment.as_operator(*FORBIDDEN_PATCH, "--dry-run=server")
        except KubectlFailed as error:
            return "ValidatingAdmissionPolicy" in str(error)
        return False

    wait_for(is_in_force, seconds=IN_FORCE_SECONDS)
