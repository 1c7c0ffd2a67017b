"""Pods of the tests: a Python program under everything that a restricted namespace asks for."""

import json
import time

from tests.cluster.waiting import wait_for

from .images import BASE_IMAGE
from .node import Node

USER = 10001
DONE_SECONDS = 90


def make_namespace(node: Node, name: str) -> str:
    """Make a namespace that enforces the ``restricted`` standard and return its name."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    metadata = {"name": name, "labels": labels}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    node.kubectl("apply", "-f", "-", stdin=json.dumps(namespace))
    account = ("get", "serviceaccounts", "--namespace", name, "-o", "name")
    wait_for(lambda: node.kubectl(*account))
    return name


def start_pod(
    node: Node, name: str, *, namespace: str, program: str, image: str = BASE_IMAGE
) -> None:
    """Start a pod that runs a Python program."""
    container = {
        "name": "program",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", program],
        "resources": {"limits": {"memory": "64Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "restartPolicy": "Never",
            "containers": [container],
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        },
    }
    node.kubectl("apply", "-f", "-", stdin=json.dumps(pod))


def wait_for_phase(node: Node, name: str, *, namespace: str, phase: str = "Succeeded") -> None:
    """Return when a pod is in a phase; raises TimeoutError with its state when it never is."""
    wait_for_state(node, name, namespace=namespace, path=".status.phase", value=phase)


def wait_for_state(node: Node, name: str, *, namespace: str, path: str, value: str) -> None:
    """Return when something in a pod has this value; raises TimeoutError with the pod's state."""
    get = ("get", "pod", name, "--namespace", namespace, "-o")
    deadline = time.monotonic() + DONE_SECONDS
    while (found := node.kubectl(*get, f"jsonpath={{{path}}}")) != value:
        if found == "Failed" or time.monotonic() > deadline:
            state = node.kubectl(*get, "jsonpath={.status}")
            raise TimeoutError(f"{state}\n{output_of(node, name, namespace=namespace)}")
        time.sleep(0.2)


def output_of(node: Node, name: str, *, namespace: str) -> str:
    """Return what a pod has printed."""
    return node.kubectl("logs", name, "--namespace", namespace)
