"""Shows, while the image is built, that what trim.py left is enough.

A read, a patch and a review of rights go through the Kubernetes client, answers turned into its
classes, against a server on loopback; the database driver loads; a SQLite database is migrated
and a run with the command's own settings finds nothing wrong with them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

CRONJOB: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "CronJob",
    "metadata": {"name": "booth-sync", "namespace": "festival"},
    "spec": {
        "schedule": "*/5 * * * *",
        "suspend": True,
        "jobTemplate": {
            "spec": {"template": {"spec": {"containers": [{"name": "run", "image": "booth-sync"}]}}}
        },
    },
}
REVIEW: dict[str, Any] = {
    "apiVersion": "authorization.k8s.io/v1",
    "kind": "SelfSubjectAccessReview",
    "spec": {"resourceAttributes": {"verb": "patch", "group": "batch", "resource": "cronjobs"}},
    "status": {"allowed": True},
}


class Answers(BaseHTTPRequestHandler):
    """Answers as an API server would, whatever is asked."""

    def do_GET(self) -> None:
        """Answer with the CronJob."""
        self._answer(200, CRONJOB)

    def do_PATCH(self) -> None:
        """Answer with the CronJob."""
        self._answer(200, CRONJOB)

    def do_POST(self) -> None:
        """Answer with the review."""
        self._answer(201, REVIEW)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Do what is done in production, as far as that goes without a cluster."""
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        prove_client(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    prove_commands()
    sys.stdout.write("prove.py: the client and the commands work\n")


def prove_client(url: str) -> None:
    """Read, patch and review through the trimmed client; any surprise is an error."""
    from kubernetes import client, config
    from kubernetes.config.incluster_config import InClusterConfigLoader

    context = {"cluster": "one", "user": "one", "namespace": "festival"}
    kubeconfig = {
        "current-context": "one",
        "clusters": [{"name": "one", "cluster": {"server": url}}],
        "users": [{"name": "one", "user": {"token": "none"}}],
        "contexts": [{"name": "one", "context": context}],
    }
    configuration = client.Configuration()
    config.load_kube_config_from_dict(kubeconfig, client_configuration=configuration)
    api = client.ApiClient(configuration)
    batch: Any = client.BatchV1Api(api)
    read = batch.read_namespaced_cron_job("booth-sync", "festival")
    change = {"spec": {"suspend": False}}
    patched = batch.patch_namespaced_cron_job("booth-sync", "festival", change)
    review: Any = {"spec": REVIEW["spec"]}
    rights: Any = client.AuthorizationV1Api(api)
    verdict = rights.create_self_subject_access_review(review)
    found = (read.spec.suspend, patched.metadata.name, verdict.status.allowed)
    if found != (True, "booth-sync", True) or not callable(InClusterConfigLoader):
        sys.exit(f"prove.py: the trimmed Kubernetes client misreads its answers: {found}")


def prove_commands() -> None:
    """Migrate, check and show the status, each as a process of its own on a throw-away SQLite."""
    import psycopg

    psycopg.pq.version()
    manage = Path("/app/manage.py")
    with TemporaryDirectory() as folder:
        environment = {
            "BOOTH_SYNC_API_URL": "http://127.0.0.1:9/",
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "PYTHONUTF8": "1",
        }
        for command in (["migrate", "-v0"], ["check"], ["booth_sync", "status", "--json"]):
            subprocess.run(
                [sys.executable, manage, *command],
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )


if __name__ == "__main__":
    main()
