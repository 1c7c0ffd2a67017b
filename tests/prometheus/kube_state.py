"""A real kube-state-metrics over the tests' Kubernetes API, and troubles that it can tell of."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.deployment import Deployment
from tests.cluster.places import free_ports
from tests.cluster.serving import serving

from .versions import find

FAILED_JOBS = ("booth-sync-29401320", "booth-sync-29401325")
HOUR = 3600


@contextmanager
def serving_kube_state(kubeconfig: Path, *, folder: Path) -> Iterator[str]:
    """Yield the address of a kube-state-metrics that watches CronJobs and Jobs."""
    port, its_own = free_ports(2)
    command: list[str | Path] = [
        find("kube-state-metrics"),
        f"--kubeconfig={kubeconfig}",
        "--resources=cronjobs,jobs",
        "--host=127.0.0.1",
        f"--port={port}",
        "--telemetry-host=127.0.0.1",
        f"--telemetry-port={its_own}",
    ]
    with serving(command, port=port, ready="/metrics", log=folder / "kube-state-metrics.log"):
        yield f"127.0.0.1:{port}"


def let_jobs_fail(deployment: Deployment) -> None:
    """Make Jobs whose time is up at once."""
    for name in FAILED_JOBS:
        deployment.as_admin("create", "job", name, "--from=cronjob/booth-sync")
        _patch(deployment, f"job/{name}", {"spec": {"activeDeadlineSeconds": 1}})


def let_a_job_be_overdue(deployment: Deployment, cronjob: str) -> None:
    """Let a CronJob have missed its slots for hours, with a deadline that keeps it from more."""
    minute = (time.gmtime().tm_min - 10) % 60
    spec = {"schedule": f"{minute} * * * *", "startingDeadlineSeconds": 10}
    _patch(deployment, f"cronjob/{cronjob}", {"spec": spec})
    last = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3 * HOUR))
    _patch(deployment, f"cronjob/{cronjob}", {"status": {"lastScheduleTime": last}}, "status")


def _patch(deployment: Deployment, what: str, patch: object, subresource: str = "") -> None:
    options = [f"--subresource={subresource}"] if subresource else []
    deployment.as_admin("patch", what, "--type=merge", "-p", json.dumps(patch), *options)
