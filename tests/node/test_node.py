"""A node is a real one: pods run on it, reach servers beside it, and outlive its runtime."""

import json
import sys
from pathlib import Path

import pytest

from tests.cluster.binaries import pinned_version
from tests.cluster.kubectl import KubectlFailed

from .node import Node
from .pods import make_namespace, output_of, start_pod, wait_for_phase, wait_for_state

FETCH = "import urllib.request as r; print(r.urlopen('http://{}', timeout=20).read().decode())"
ASK_FOR_TLS = (
    "import socket as s; c = s.create_connection(('{}', 5432), 20); "
    "c.sendall(bytes.fromhex('0000000804d2162f')); print(c.recv(1))"
)
PATIENT = "import time; print('begun', flush=True); time.sleep(6); print('done')"


def test_it_is_ready_and_of_the_pinned_version(node: Node) -> None:
    told = json.loads(node.kubectl("get", "node", "node", "-o", "json"))["status"]
    ready = [each["status"] for each in told["conditions"] if each["type"] == "Ready"]
    assert ready == ["True"]
    assert told["nodeInfo"]["kubeletVersion"] == pinned_version("k8s.io/kubernetes")


def test_a_pod_under_the_restricted_standard_completes(node: Node) -> None:
    namespace = make_namespace(node, "restricted")
    program = "import os, sys; print(sys.version_info[:2], os.getuid())"
    start_pod(node, "once", namespace=namespace, program=program)
    wait_for_phase(node, "once", namespace=namespace)
    assert output_of(node, "once", namespace=namespace) == "(3, 13) 10001"


def test_the_restricted_standard_is_enforced(node: Node) -> None:
    namespace = make_namespace(node, "enforced")
    with pytest.raises(KubectlFailed, match="violates PodSecurity"):
        node.kubectl("run", "bold", "--image=any", "--namespace", namespace)


def test_a_pod_reaches_a_server_on_the_node_by_its_service(node: Node, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("from beside the pod")
    where = ["8080", "--bind", node.address, "--directory", str(tmp_path)]
    node.spawn([sys.executable, "-m", "http.server", *where], log=tmp_path / "server.log")
    namespace = make_namespace(node, "served")
    node.serve("site", port=80, server_port=8080, namespace=namespace)
    for host in ("site", f"site.{namespace}.svc.cluster.local"):
        name = f"fetch-{len(host)}"
        start_pod(node, name, namespace=namespace, program=FETCH.format(host))
        wait_for_phase(node, name, namespace=namespace)
        assert output_of(node, name, namespace=namespace) == "from beside the pod"


def test_a_pod_reaches_the_api_server(node: Node) -> None:
    namespace = make_namespace(node, "asking")
    program = (
        "import socket as s; s.create_connection(('kubernetes.default', 443), 20); print('ok')"
    )
    start_pod(node, "ask", namespace=namespace, program=program)
    wait_for_phase(node, "ask", namespace=namespace)


def test_an_image_that_nobody_imported_is_not_found_elsewhere(node: Node) -> None:
    namespace = make_namespace(node, "missing")
    image = "registry.invalid/none:1"
    start_pod(node, "none", namespace=namespace, program="", image=image)
    path = ".status.containerStatuses[0].state.waiting.reason"
    wait_for_state(node, "none", namespace=namespace, path=path, value="ImagePullBackOff")


def test_a_pod_outlives_the_container_runtime(node: Node) -> None:
    namespace = make_namespace(node, "killed")
    start_pod(node, "patient", namespace=namespace, program=PATIENT)
    wait_for_phase(node, "patient", namespace=namespace, phase="Running")
    node.kill_containerd()
    assert not node.runtime_answers()
    node.start_containerd()
    wait_for_phase(node, "patient", namespace=namespace)
    assert output_of(node, "patient", namespace=namespace).split() == ["begun", "done"]
