"""Whatever is wrong with the API server or with the credentials has a name, in time."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from booth import control
from booth.control.failures import SENTENCES

from .calls import call, is_quiet
from .conftest import NAMES, OPTIONS, see_suspended
from .deployment import OPERATOR, Deployment
from .faults import FAULTS
from .proxy import FaultProxy
from .waiting import wait_for
from .wire import Request

Use = Callable[[Path], None]
MAX_SECONDS = 9.0
AT_ONCE = 9
REASONS = {
    "refused": "unreachable",
    "wrong_ca": "tls",
    "expired_certificate": "tls",
    "wrong_host": "tls",
    "hang_in_handshake": "timeout",
    "not_tls": "tls",
    "drop_before_request": "dropped",
    "hang_before_reading": "timeout",
    "unauthorized": "unauthorized",
    "forbidden": "forbidden",
    "not_found": "not_found",
    "conflict": "conflict",
    "unsupported_media_type": "unsupported",
    "unprocessable": "invalid",
    "too_many_requests": "throttled",
    "internal_error": "server_error",
    "service_unavailable": "unavailable",
    "gateway_timeout": "unavailable",
    "bad_gateway": "unavailable",
    "login_page": "bad_answer",
    "redirect": "bad_answer",
    "stale_answer": "not_applied",
    "hang_after_reading": "timeout",
    "hang_after_forwarding": "timeout",
    "drop_after_request": "dropped",
    "drop_after_forwarding": "dropped",
    "reset": "dropped",
    "drip_headers": "timeout",
    "drip_body": "timeout",
    "endless_body": "timeout",
    "endless_refusal": "forbidden",
    "truncated_body": "dropped",
    "garbage": "bad_answer",
}
HARMLESS_TO_READ = {"stale_answer"}


@dataclass(frozen=True, kw_only=True)
class Mixed:
    """A deployment of which one CronJob is suspended, so that each switch has to change one."""

    deployment: Deployment
    token: str


@pytest.fixture(scope="module")
def mixed(shared: Deployment) -> Mixed:
    """One deployment for all faults: none of them lets a change through."""
    shared.as_admin("patch", "cronjob", "booth-sync", "-p", '{"spec":{"suspend":true}}')
    token = shared.control_plane.token(OPERATOR, namespace=shared.namespace)
    return Mixed(deployment=shared, token=token)


def is_a_sentence(message: str, *, token: str) -> bool:
    """Return whether it is Korean for people, each line in order, without traceback or secret."""
    is_korean = bool(re.search("[가-힣]", message)) and message.endswith(("요.", "다."))
    is_readable = all(line.strip() and line.isprintable() for line in message.split("\n"))
    return is_korean and is_readable and "Traceback" not in message and token not in message


def test_each_fault_has_one_reason_and_each_reason_a_sentence() -> None:
    assert set(REASONS) == set(FAULTS)
    assert set(REASONS.values()) <= set(SENTENCES)


@pytest.mark.parametrize("fault", FAULTS)
def test_nine_calls_at_once_name_the_fault_in_time_and_leave_nothing(
    mixed: Mixed, use_kubeconfig: Use, tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.DEBUG)
    plane, namespace = mixed.deployment.control_plane, mixed.deployment.namespace
    with FaultProxy(plane, fault=fault) as proxy, ThreadPoolExecutor(AT_ONCE) as pool:
        use_kubeconfig(proxy.kubeconfig(tmp_path / "_", token=mixed.token, namespace=namespace))
        calls = list(pool.map(call, ["read", "suspend", "resume"] * 3))
        wait_for(is_quiet, seconds=5)  # while the proxy still hangs: the sockets were shut down
    assert max(each.seconds for each in calls) <= MAX_SECONDS
    for each in calls:
        is_harmless = each.verb == "read" and fault in HARMLESS_TO_READ
        expected = set() if is_harmless else {REASONS[fault]}
        assert {failure.reason for failure in each.failures} == expected
        assert all(is_a_sentence(error.message, token=mixed.token) for error in each.failures)
    assert see_suspended(mixed.deployment) == [True, False]
    assert mixed.token not in caplog.text


@pytest.mark.parametrize("verb", ["read", "suspend"])
def test_a_call_out_of_time_names_what_it_was_repeated_for(
    mixed: Mixed, use_kubeconfig: Use, tmp_path: Path, verb: str
) -> None:
    plane, namespace = mixed.deployment.control_plane, mixed.deployment.namespace
    calls_over = threading.Event()

    def hold_the_second(_: Request) -> bool:
        return len(proxy.requests) <= len(NAMES) or calls_over.wait(MAX_SECONDS)

    with FaultProxy(plane, fault="conflict", when=hold_the_second) as proxy:
        use_kubeconfig(proxy.kubeconfig(tmp_path / "_", token=mixed.token, namespace=namespace))
        failures = call(verb, replace(OPTIONS, timeout=2)).failures
        calls_over.set()
    assert len(proxy.requests) > len(NAMES)
    assert {failure.reason for failure in failures} == {"conflict"}


def test_a_redirect_takes_no_token_elsewhere(
    mixed: Mixed, use_kubeconfig: Use, tmp_path: Path
) -> None:
    plane, namespace = mixed.deployment.control_plane, mixed.deployment.namespace
    with FaultProxy(plane, fault="redirect") as proxy:
        use_kubeconfig(proxy.kubeconfig(tmp_path / "_", token=mixed.token, namespace=namespace))
        control.read(OPTIONS)
    assert {request.headers["host"] for request in proxy.requests} == {f"127.0.0.1:{proxy.port}"}
