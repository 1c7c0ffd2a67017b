"""The gateway's address: userinfo, a path before the gateway's own, a proxy, a host in Hangul."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from booth.config.options import PushOptions
from booth.sync.delivery import NotDelivered
from booth.sync.push import check, push
from booth.sync.report import RunReport
from tests.certificates import certify, make_context
from tests.conftest import run_command
from tests.proxies import proxying
from tests.pushgateway.gateways import KINDS, listening
from tests.pushgateway.test_push import SUCCESS, find, guarding, read_samples

PASSWORD = "p@ss/워드"
QUOTED = "p%40ss%2F%EC%9B%8C%EB%93%9C"


def add(url: str, userinfo: str) -> str:
    """Return ``url`` with userinfo."""
    return url.replace("://", f"://{userinfo}@")


def test_userinfo_is_sent_percent_decoded(gateway: str, caplog: pytest.LogCaptureFixture) -> None:
    with guarding(gateway, credentials=f"booth:{PASSWORD}") as url:
        push(SUCCESS, options=PushOptions(url=add(url, f"booth:{QUOTED}")))
    assert caplog.records == []
    assert find(read_samples(gateway), "last_run_success") == 1


def test_the_settings_count_before_the_userinfo(
    gateway: str, caplog: pytest.LogCaptureFixture
) -> None:
    with guarding(gateway, credentials="booth:right") as url:
        options = PushOptions(url=add(url, "other:wrong"), username="booth", password="right")
        push(SUCCESS, options=options)
    assert caplog.records == []


def note(heads: list[str], status: int = 200) -> Callable[[socket.socket], None]:
    """Return an answer of ``status`` for ``listening`` that keeps the head it was sent."""

    def answer(connection: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65_536)
        head, end, body = received.partition(b"\r\n\r\n")
        heads.append((head + end).decode("latin-1"))
        told = re.search(rb"Content-Length: (\d+)", head)
        left = int(told[1]) - len(body) if told else 0
        while left > 0:  # closed with something unread, a socket resets, and the answer is lost
            left -= len(connection.recv(left))
        connection.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())

    return answer


@pytest.mark.parametrize("tail", ["", "/", "/prefix", "/prefix/"])
def test_push_and_check_put_their_paths_behind_the_address(tail: str) -> None:
    heads: list[str] = []
    with listening(note(heads), reads_head=False) as url:
        options = PushOptions(url=add(url, "me:word").replace("http", "HTTP") + tail)
        push(SUCCESS, options=options)
        check(options)
    prefix = tail.rstrip("/")
    assert [head.split(" ")[1] for head in heads] == [
        f"{prefix}/metrics/job/booth-sync/instance/default",
        f"{prefix}/-/ready",
    ]
    assert all("Authorization: Basic bWU6d29yZA==\r\n" in head for head in heads)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_the_warning_and_the_check_name_the_status(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with listening(note([], status), reads_head=False) as url:
        options = PushOptions(url=add(url, "me:canary"))
        push(SUCCESS, options=options)
        with pytest.raises(NotDelivered, match=f"HTTP {status}"):
            check(options)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert f"HTTP {status}" in caplog.text
    assert "canary" not in caplog.text


def test_it_goes_through_the_proxy(gateway: str, tmp_path: Path) -> None:
    port = int(gateway.rpartition(":")[2])
    with proxying(credentials="me:word", names={"xn--or3b27g.invalid": port}) as (proxy, heads):
        options = PushOptions(url="http://부스.invalid/", proxy=add(proxy, "me:word"))
        push(SUCCESS, options=options)
        check(options)
    assert len(heads) == 2
    assert find(read_samples(gateway), "last_run_success") == 1


def test_it_goes_through_a_tunnel(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    heads: list[str] = []
    certificate = certify(tmp_path)
    context = make_context(certificate)

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection.dup(), server_side=True) as tls:
            note(heads)(tls)

    with listening(answer, reads_head=False) as url, proxying() as (proxy, _):
        url = url.replace("http:", "https:")
        push(SUCCESS, options=PushOptions(url=url, proxy=proxy, ca_bundle=str(certificate)))
    assert (caplog.records, len(heads)) == ([], 1)


@pytest.mark.parametrize("kind", ["down", "silent", "dripping", "garbage"])
def test_a_proxy_in_trouble_costs_one_warning(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    with KINDS[kind]() as proxy:
        options = PushOptions(
            url="http://gateway.invalid", proxy=add(proxy, "me:canary"), timeout=0.5
        )
        push(RunReport(run=1, status="succeeded", trigger="cli"), options=options)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert f"BOOTH_SYNC_PROXY의 프록시({proxy})" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize("tail", ["?a=canary", "/#canary"])
def test_a_query_or_a_fragment_ends_a_sync_with_78(tmp_path: Path, tail: str) -> None:
    variables: dict[str, Any] = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "BOOTH_SYNC_API_URL": "http://d-order.invalid/",
        "BOOTH_SYNC_PUSHGATEWAY_URL": f"http://gateway:9091{tail}",
    }
    ended = run_command("booth_sync", "sync", **variables)
    assert (ended.returncode, "booth.E009" in ended.stderr) == (78, True)
    assert "canary" not in ended.stdout + ended.stderr
