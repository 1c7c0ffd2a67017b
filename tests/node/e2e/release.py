"""One release of the chart in a namespace of its own, and what its users do with it."""

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.waiting import wait_for
from tests.conftest import ROOT
from tests.node.node import Ended, Node
from tests.node.pods import make_namespace

from .servers import PostgreSQL

CHART = ROOT / "helm" / "booth-sync"
JOB_SECONDS = 120
POD_SECONDS = 60
ENDED = ("Complete", "Failed")


class HelmFailed(RuntimeError):
    """Helm ended with an error; the text is what it printed."""


class Release:
    """The release ``booth-sync`` in a namespace whose name is also that of its database."""

    name = "booth-sync"

    def __init__(self, node: Node, *, namespace: str, helm: Path, postgresql: PostgreSQL) -> None:
        self.namespace = namespace
        self._node = node
        self._helm = helm
        self._postgresql = postgresql
        self._pods = 0
        make_namespace(node, namespace)

    def helm(self, *arguments: str, stdin: str | None = None) -> str:
        """Run Helm in the namespace and return its standard output. Raises HelmFailed."""
        return str(self._run_helm(*arguments, stdin=stdin).stdout)

    def test(self) -> str:
        """Run ``helm test`` and return all it printed.

        Helm 3 writes the pod's log to standard error. Its ``--logs`` looks for the pod when that is
        gone; Helm 4 has mended that.
        """
        ended = self._run_helm("test", self.name)
        return str(ended.stderr + ended.stdout)

    def _run_helm(self, *arguments: str, stdin: str | None = None) -> Ended:
        ended = self._node.run(
            self._helm,
            *(*arguments, f"--namespace={self.namespace}"),
            stdin=stdin,
            environment={
                "KUBECONFIG": str(self._node.admin_kubeconfig),
                "HOME": str(self._node.folder),
            },
            timeout=300,
            check=False,
        )
        if ended.returncode != 0:
            raise HelmFailed(ended.stdout + ended.stderr)
        return ended

    def install(self, values: dict[str, Any]) -> str:
        """Install the chart and return what Helm printed."""
        return self._apply("install", values)

    def upgrade(self, values: dict[str, Any]) -> str:
        """Upgrade with these values and return what Helm printed."""
        return self._apply("upgrade", values)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl in the namespace as the administrator."""
        return self._node.kubectl(*arguments, f"--namespace={self.namespace}", stdin=stdin)

    def read(self, kind: str, *arguments: str) -> dict[str, Any]:
        """Return an object, or a list of them, as the API server has it."""
        found: dict[str, Any] = json.loads(self.kubectl("get", kind, *arguments, "-o", "json"))
        return found

    def is_suspended(self) -> bool:
        """Return what the CronJob says."""
        return bool(self.read("cronjob", self.name)["spec"].get("suspend"))

    def list_jobs(self) -> list[dict[str, Any]]:
        """Return the Jobs that CronJobs made, oldest first."""
        jobs: list[dict[str, Any]] = [
            job
            for job in self.read("jobs")["items"]
            if job["metadata"].get("ownerReferences", [{}])[0].get("kind") == "CronJob"
        ]
        return sorted(jobs, key=lambda job: str(job["metadata"]["creationTimestamp"]))

    def fire(self) -> str:
        """Let the schedule be due now, once, and return the name of the Job that it makes.

        The controller makes up for a slot that it missed. A Job that has ended goes first: the slot
        of these minutes would have the same name. The CronJob is suspended before and after, so
        that no slot of its own comes between.
        """
        for job in self.list_jobs():
            self.kubectl("delete", "job", job["metadata"]["name"], "--wait=true")
        last_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 900))
        patch = f'{{"status":{{"lastScheduleTime":"{last_at}"}}}}'
        self.kubectl(
            "patch", "cronjob", self.name, "--subresource=status", "--type=merge", "-p", patch
        )
        self._set_suspend(to=False)
        [job] = wait_for(self.list_jobs, seconds=JOB_SECONDS)
        self._set_suspend(to=True)
        return str(job["metadata"]["name"])

    def wait_for_job(self, name: str, *, seconds: float = JOB_SECONDS) -> dict[str, Any]:
        """Return a Job as it is when it has ended, one way or the other."""

        def find_end() -> dict[str, Any]:
            job = self.read("job", name)
            return job if how_it_ended(job) else {}

        return wait_for(find_end, seconds=seconds)

    def pods_of(self, job: str) -> list[dict[str, Any]]:
        """Return the pods of a Job, oldest first."""
        selector = f"--selector=batch.kubernetes.io/job-name={job}"
        pods: list[dict[str, Any]] = self.read("pods", selector)["items"]
        return sorted(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))

    def operate(self, *arguments: str) -> str:
        """Run ``booth_sync`` in a pod with the operator's account; return what it printed.

        The pod is that of ``helm test``, with other arguments.
        """
        self._pods += 1
        pod = self._operator_pod(f"operator-{self._pods}", arguments)
        self.kubectl("apply", "-f", "-", stdin=json.dumps(pod))
        name = pod["metadata"]["name"]
        phase = wait_for(lambda: self._phase(name, ("Succeeded", "Failed")), seconds=POD_SECONDS)
        printed = self.kubectl("logs", name)
        assert phase == "Succeeded", printed
        self.kubectl("delete", "pod", name, "--wait=false")
        return printed

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the release's database."""
        return self._postgresql.ask(self.namespace, query)

    def execute(self, statement: str) -> None:
        """Run a statement on the release's database."""
        self._postgresql.execute(self.namespace, statement)

    def wait_for_row(self, condition: str, *, seconds: float = JOB_SECONDS) -> tuple[Any, ...]:
        """Return the newest SyncRun (id, status, error_code) for which a condition holds."""
        query = (
            f"SELECT id, status, error_code FROM booth_syncrun WHERE {condition} ORDER BY id DESC"
        )
        return wait_for(lambda: self.ask(query), seconds=seconds)[0]

    def _set_suspend(self, *, to: bool) -> None:
        patch = json.dumps({"spec": {"suspend": to}})
        self.kubectl("patch", "cronjob", self.name, "--type=merge", "-p", patch)

    def _apply(self, verb: str, values: dict[str, Any]) -> str:
        arguments = (verb, self.name, str(CHART), "--values=-", "--timeout=3m")
        return self.helm(*arguments, stdin=json.dumps(values))

    def _phase(self, pod: str, wanted: tuple[str, ...]) -> str:
        phase = self.kubectl("get", "pod", pod, "-o", "jsonpath={.status.phase}")
        return phase if phase in wanted else ""

    def _operator_pod(self, name: str, arguments: tuple[str, ...]) -> dict[str, Any]:
        hooks = yaml.safe_load_all(self.helm("get", "hooks", self.name))
        name_of_hook = f"{self.name}-doctor"
        [pod] = [hook for hook in hooks if hook and hook["metadata"]["name"] == name_of_hook]
        pod["metadata"] |= {"name": name, "annotations": {}}
        pod["spec"]["containers"][0]["args"] = ["booth_sync", *arguments]
        return dict(pod)


def how_it_ended(job: dict[str, Any]) -> dict[str, Any] | None:
    """Return the condition that ended a Job, None while it goes on."""
    conditions = job.get("status", {}).get("conditions", [])
    ended = [each for each in conditions if each["type"] in ENDED and each["status"] == "True"]
    return ended[0] if ended else None


def read_time(text: str) -> datetime:
    """Return an instant as Kubernetes writes it."""
    return datetime.fromisoformat(text)
