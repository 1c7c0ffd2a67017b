"""The proxy tells the truth when asked to, and every fault looks to a client as its name says."""

import http.client
import json
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from .deployment import Deployment
from .faults import FAULTS
from .kubectl import KubectlFailed
from .proxy import FaultProxy
from .statuses import STATUSES
from .waiting import wait_for
from .wire import Request

PATIENCE = 1.0
MERGE = {"Content-Type": "application/merge-patch+json"}
STOP = json.dumps({"spec": {"suspend": True}})
ANSWERED = {"bad_gateway": 502, "login_page": 200, "redirect": 307, "stale_answer": 200}
FAILS_WITH: dict[str, type[Exception] | tuple[type[Exception], ...]] = {
    "refused": ConnectionRefusedError,
    "wrong_ca": ssl.SSLCertVerificationError,
    "expired_certificate": ssl.SSLCertVerificationError,
    "wrong_host": ssl.SSLCertVerificationError,
    "hang_in_handshake": TimeoutError,
    "not_tls": ssl.SSLError,
    "drop_before_request": (http.client.RemoteDisconnected, ConnectionError, ssl.SSLEOFError),
    "hang_before_reading": TimeoutError,
    "hang_after_reading": TimeoutError,
    "hang_after_forwarding": TimeoutError,
    "drop_after_request": http.client.RemoteDisconnected,
    "drop_after_forwarding": http.client.RemoteDisconnected,
    "reset": ConnectionResetError,
    "truncated_body": http.client.IncompleteRead,
    "garbage": http.client.BadStatusLine,
}
FORWARDED = ("hang_after_forwarding", "drop_after_forwarding", "truncated_body")
NEVER_END = ("drip_headers", "drip_body", "endless_body", "endless_refusal")


def ask(
    proxy: FaultProxy,
    deployment: Deployment,
    *,
    method: str = "GET",
    path: str = "",
    body: str | None = None,
    headers: dict[str, str] | None = None,
    token: str | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """Send one request through the proxy; return status, headers, body."""
    plane = deployment.control_plane
    tls = ssl.create_default_context(cadata=plane.authority.certificate.decode())
    bearer = token or plane.token("booth-sync-operator", namespace=deployment.namespace)
    connection = http.client.HTTPSConnection("127.0.0.1", proxy.port, timeout=PATIENCE, context=tls)
    base = f"/apis/batch/v1/namespaces/{deployment.namespace}/cronjobs/"
    sent = {"Authorization": f"Bearer {bearer}", "Accept": "application/json", **(headers or {})}
    try:
        connection.request(method, base + (path or "booth-sync"), body=body, headers=sent)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def is_suspended(deployment: Deployment, cronjob: str = "booth-sync") -> bool:
    """Return what the API server itself says."""
    told = deployment.as_admin("get", "cronjob", cronjob, "-o", "jsonpath={.spec.suspend}")
    return told == "true"


@pytest.fixture
def running(shared: Deployment) -> Deployment:
    """The deployment with none of its CronJobs suspended."""
    start = ("--type=merge", "-p", '{"spec":{"suspend":false}}')
    shared.as_admin("patch", "cronjob", "booth-sync", "booth-sync-peak", *start)
    return shared


@pytest.fixture(scope="module")
def admin_token(shared: Deployment) -> str:
    """A token that may do everything in the namespace."""
    shared.as_admin("create", "serviceaccount", "admin")
    account = f"--serviceaccount={shared.namespace}:admin"
    shared.as_admin("create", "rolebinding", "admin", "--clusterrole=admin", account)
    user = f"system:serviceaccount:{shared.namespace}:admin"

    def may_patch() -> bool:
        try:
            return shared.as_admin("auth", "can-i", "patch", "cronjobs", f"--as={user}") == "yes"
        except KubectlFailed:
            return False

    wait_for(may_patch)
    return shared.control_plane.token("admin", namespace=shared.namespace)


def test_there_are_more_than_twenty_faults_and_each_is_tested_here() -> None:
    assert len(FAULTS) == len(set(FAULTS)) > 20
    assert set(FAULTS) == {*STATUSES, *ANSWERED, *FAILS_WITH, *NEVER_END}


def test_an_unknown_fault_is_refused(running: Deployment) -> None:
    with pytest.raises(ValueError, match="no fault 'typo'; there are refused, "):
        FaultProxy(running.control_plane, fault="typo")


def test_without_a_fault_kubectl_works_through_it(running: Deployment, tmp_path: Path) -> None:
    with FaultProxy(running.control_plane) as proxy:
        kubeconfig = proxy.kubeconfig(tmp_path / "config", namespace=running.namespace)
        change = ("patch", "cronjob", "booth-sync", "--type=merge", "-p", STOP)
        running.control_plane.kubectl(*change, kubeconfig=kubeconfig)
    assert is_suspended(running)
    assert "PATCH" in [request.method for request in proxy.requests]


@pytest.mark.parametrize("fault", STATUSES)
def test_it_answers_with_a_status_of_kubernetes(running: Deployment, fault: str) -> None:
    with FaultProxy(running.control_plane, fault=fault, retry_after=7) as proxy:
        status, headers, body = ask(proxy, running, method="PATCH", body=STOP, headers=MERGE)
    told = json.loads(body)
    assert (told["kind"], told["code"], told["reason"]) == ("Status", status, STATUSES[fault][1])
    announced = headers.get("Retry-After")
    assert announced == ("7" if status in {429, 503} else None)
    assert not is_suspended(running)


@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        ("unauthorized", {"token": "stale"}),
        ("forbidden", {"method": "DELETE"}),
        ("not_found", {"path": "nobody", "token": "admin"}),
        ("conflict", {"body": json.dumps({"metadata": {"resourceVersion": "1"}})}),
        ("unsupported_media_type", {"headers": {"Content-Type": "text/plain"}}),
        ("unprocessable", {"body": '{"spec":{"startingDeadlineSeconds":-1}}', "token": "admin"}),
    ],
)
def test_its_statuses_are_those_of_the_real_server(
    running: Deployment, admin_token: str, fault: str, asked: dict[str, Any]
) -> None:
    plane = running.control_plane
    if asked.get("token") == "admin":
        asked = {**asked, "token": admin_token}
    request = {"method": "PATCH", "body": STOP, "headers": MERGE, **asked}
    with FaultProxy(plane) as honest, FaultProxy(plane, fault=fault) as lying:
        real = ask(honest, running, **request)
        made = ask(lying, running, **request)
    assert real[0] == made[0]
    assert json.loads(real[2]) == json.loads(made[2])


@pytest.mark.parametrize("fault", ANSWERED)
def test_it_answers_what_no_api_server_would(running: Deployment, fault: str) -> None:
    with FaultProxy(running.control_plane, fault=fault) as proxy:
        status, headers, body = ask(proxy, running, method="PATCH", body=STOP, headers=MERGE)
    assert status == ANSWERED[fault]
    assert not is_suspended(running)
    if fault == "redirect":
        assert headers["Location"].startswith(f"https://localhost:{proxy.port}/apis/batch/")
    elif fault == "stale_answer":
        assert json.loads(body)["spec"]["suspend"] is False
    else:
        assert headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("fault", FAILS_WITH)
def test_the_connection_fails(running: Deployment, fault: str) -> None:
    with FaultProxy(running.control_plane, fault=fault) as proxy, pytest.raises(FAILS_WITH[fault]):
        ask(proxy, running, method="PATCH", body=STOP, headers=MERGE)
    assert is_suspended(running) == (fault in FORWARDED)


@pytest.mark.parametrize("fault", NEVER_END)
def test_the_answer_outlasts_a_timeout_per_read(running: Deployment, fault: str) -> None:
    plane = running.control_plane
    tls = ssl.create_default_context(cadata=plane.authority.certificate.decode())
    with (
        FaultProxy(plane, fault=fault) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as plain,
        tls.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        secured.sendall(b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n")
        began = time.monotonic()
        while time.monotonic() < began + 2 * PATIENCE:
            assert secured.recv(65536)


def test_a_fault_can_be_limited_to_some_requests(running: Deployment) -> None:
    def is_second_patch(request: Request) -> bool:
        return request.method == "PATCH" and request.path.endswith("/booth-sync-peak")

    patch: dict[str, Any] = {"method": "PATCH", "body": STOP, "headers": MERGE}
    with FaultProxy(running.control_plane, fault="internal_error", when=is_second_patch) as proxy:
        first, _, _ = ask(proxy, running, **patch)
        second, _, _ = ask(proxy, running, path="booth-sync-peak", **patch)
    assert (first, second) == (200, 500)
    assert is_suspended(running)
    assert not is_suspended(running, "booth-sync-peak")


@pytest.mark.parametrize("fault", ["hang_in_handshake", "hang_after_reading", "drip_headers"])
def test_it_closes_at_once_under_a_waiting_client(running: Deployment, fault: str) -> None:
    threads = threading.active_count()
    with FaultProxy(running.control_plane, fault=fault) as proxy:
        client = socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE)
        time.sleep(0.3)
        began = time.monotonic()
    with client:
        assert time.monotonic() - began < PATIENCE
        assert threading.active_count() == threads
