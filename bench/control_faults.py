"""Whole processes against a Kubernetes API in trouble, with the limits that they have by default.

``python -m bench.control_faults [--repeats 3] [--at-once 1]`` runs start, stop and status through
a TLS proxy in front of a real API server and prints, for each of 20 faults, how many of them gave
the right reason, the longest run, and how many printed a traceback (faults.md, D).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.processes import ROOT, migrate
from tests.cluster.binaries import find
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployment import OPERATOR, Deployment, deploy
from tests.cluster.proxy import FaultProxy

REASONS = {
    "refused": "unreachable",
    "wrong_ca": "tls",
    "expired_certificate": "tls",
    "hang_in_handshake": "timeout",
    "not_tls": "tls",
    "drop_before_request": "dropped",
    "unauthorized": "unauthorized",
    "forbidden": "forbidden",
    "not_found": "not_found",
    "conflict": "conflict",
    "unsupported_media_type": "unsupported",
    "too_many_requests": "throttled",
    "internal_error": "server_error",
    "service_unavailable": "unavailable",
    "login_page": "bad_answer",
    "redirect": "bad_answer",
    "hang_after_reading": "timeout",
    "reset": "dropped",
    "drip_body": "timeout",
    "endless_body": "timeout",
}
VERBS = ("start", "stop", "status")
EXIT_UNAVAILABLE = 69
MAX_SECONDS = 9.0


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A process that ended: its exit code, seconds, what it printed, the reason it named."""

    verb: str
    code: int
    seconds: float
    printed: str
    reason: str

    def is_good(self, fault: str) -> bool:
        """Return whether it behaved: the right reason and exit code, in time, without traceback."""
        code = 0 if self.verb == "status" else EXIT_UNAVAILABLE
        is_named = (self.code, self.reason) == (code, REASONS[fault])
        return is_named and self.seconds <= MAX_SECONDS and not self.has_traceback

    @property
    def has_traceback(self) -> bool:
        """Whether it printed one."""
        return "Traceback" in self.printed


def main() -> int:
    """Print the table and return 1 if one run did not behave."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=1)
    options = parser.parse_args()
    verbs = VERBS * options.repeats
    print(f"{'fault':<24}{'runs':>5}{'reason':>14}{'right':>7}{'max s':>7}{'tracebacks':>12}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="booth-sync-bench-")))
        deployment = deploy(stack.enter_context(ControlPlane(find(), folder=folder)))
        database = migrate(folder)
        pool = stack.enter_context(ThreadPoolExecutor(options.at_once))
        good = 0
        for fault in REASONS:
            ended = _run_all(pool, fault, verbs, deployment=deployment, database=database)
            _print(fault, ended)
            good += sum(each.is_good(fault) for each in ended)
    print(f"{good}/{len(REASONS) * len(verbs)} good")
    return 0 if good == len(REASONS) * len(verbs) else 1


def _run_all(
    pool: ThreadPoolExecutor,
    fault: str,
    verbs: tuple[str, ...],
    *,
    deployment: Deployment,
    database: Path,
) -> list[Ended]:
    token = deployment.control_plane.token(OPERATOR, namespace=deployment.namespace)
    with FaultProxy(deployment.control_plane, fault=fault) as proxy:
        kubeconfig = proxy.kubeconfig(database.parent / "proxied.kubeconfig", token=token)
        return list(pool.map(partial(_run, kubeconfig=kubeconfig, database=database), verbs))


def _run(verb: str, *, kubeconfig: Path, database: Path) -> Ended:
    """Run one verb; the faults let none of them change anything."""
    arguments = ["status", "--json"] if verb == "status" else [verb]
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "manage.py", "booth_sync", *arguments],
        cwd=ROOT,
        env=_make_environment(kubeconfig, database=database),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Ended(
        verb=verb,
        code=ended.returncode,
        seconds=time.monotonic() - began,
        printed=ended.stdout + ended.stderr,
        reason=_find_reason(verb, ended),
    )


def _find_reason(verb: str, ended: subprocess.CompletedProcess[str]) -> str:
    if verb == "status":
        error = json.loads(ended.stdout or "{}").get("control_error") or {}
        return str(error.get("reason", ""))
    named = re.search(r"\[control_(\w+)\]\n\Z", ended.stderr)
    return named[1] if named else ""


def _make_environment(kubeconfig: Path, *, database: Path) -> dict[str, str]:
    dropped = ("BOOTH_SYNC_", "DJANGO_", "KUBERNETES_", "PYTHONDONTWRITEBYTECODE")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    return kept | {
        "BOOTH_SYNC_API_URL": "http://127.0.0.1/",
        "BOOTH_SYNC_CRONJOBS": "booth-sync,booth-sync-peak",
        "DATABASE_URL": f"sqlite:///{database}",
        "KUBECONFIG": str(kubeconfig),
        "PYTHONUTF8": "1",
    }


def _print(fault: str, runs: list[Ended]) -> None:
    right = sum(ended.reason == REASONS[fault] for ended in runs)
    seconds = max(ended.seconds for ended in runs)
    tracebacks = sum(ended.has_traceback for ended in runs)
    columns = f"{len(runs):>5}{REASONS[fault]:>14}{right:>7}{seconds:>7.1f}{tracebacks:>12}"
    print(f"{fault:<24}{columns}", flush=True)
    for ended in runs:
        if not ended.is_good(fault):
            print(f"  {ended.verb} ended with {ended.code} ({ended.reason}):\n{ended.printed}")


if __name__ == "__main__":
    sys.exit(main())
