"""What a cluster knows of a failure, for whoever reads the failed test."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.cluster.kubectl import KubectlFailed
from tests.node.node import Node

QUESTIONS = (
    ("get", "pods,jobs,cronjobs", "--all-namespaces", "-o", "wide"),
    ("get", "events", "--all-namespaces", "--sort-by=.lastTimestamp"),
    ("describe", "pods,jobs", "--all-namespaces"),
)


def write_traces(node: Node, test: str) -> Path:
    """Write events, pods and their logs into the node's folder and return the file."""
    path = node.folder / f"{test}.txt"
    answers = [_ask(node, *question) for question in QUESTIONS]
    for namespace, pod in _list_pods(node):
        where = ("--namespace", namespace)
        answers.append(_ask(node, "logs", pod, *where, "--all-containers"))
    path.write_text("\n\n".join(answers))
    return path


def _list_pods(node: Node) -> Iterator[tuple[str, str]]:
    """Yield namespace and name of each pod; none where the API server does not answer."""
    with suppress(KubectlFailed):
        answer = node.kubectl("get", "pods", "--all-namespaces", "-o", "json")
        for pod in json.loads(answer)["items"]:
            yield pod["metadata"]["namespace"], pod["metadata"]["name"]


def _ask(node: Node, *question: str) -> str:
    try:
        return f"$ kubectl {' '.join(question[:4])}\n{node.kubectl(*question)}"
    except KubectlFailed as error:
        return f"$ kubectl {' '.join(question[:4])}\n{error}"
