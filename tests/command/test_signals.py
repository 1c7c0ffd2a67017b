"""Whatever signal ends a command, it ends in order and says what became of the data."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from booth.cli.signals import SIGNALS
from sample_upstream import SampleUpstream
from tests.conftest import ROOT, make_environment, run_command
from tests.faults.databases import Database
from tests.faults.processes import finish, start, wait_for_claim, wait_until

Captured = Callable[[str], bytes]
ENDING = [
    *(signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2),
    *(signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGXCPU, signal.SIGABRT),
    *(signal.SIGTRAP, signal.SIGSYS),
]
SAVED = "이미 모두 저장했습니다"


@contextmanager
def silent_server() -> Iterator[socket.socket]:
    """Yield a server that takes connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(30)
        yield server


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), "booth_sync", *arguments]


@pytest.mark.parametrize("signum", ENDING, ids=lambda each: each.name)
def test_each_signal_that_ends_a_process_closes_the_row(
    database: Database, upstream: SampleUpstream, signum: signal.Signals
) -> None:
    assert signum in SIGNALS
    process = start(database, BOOTH_SYNC_API_URL=upstream.fault_url("silent"))
    wait_until(lambda: upstream.requests)
    began = time.monotonic()
    process.send_signal(signum)
    outcome = finish(process, timeout=20)
    assert time.monotonic() - began < 5
    assert (outcome.code, outcome.document["status"]) == (128 + signum, "aborted")
    assert "Traceback" not in outcome.stderr
    assert database.list_runs() == [("aborted", "aborted")]


@pytest.mark.parametrize("signum", [signal.SIGPIPE, signal.SIGWINCH, signal.SIGCHLD, signal.SIGURG])
def test_what_ends_no_process_ends_no_run(
    database: Database, upstream: SampleUpstream, signum: signal.Signals
) -> None:
    url = upstream.fault_url("delay", seconds=1)
    process = start(database, BOOTH_SYNC_API_URL=url)
    wait_until(lambda: upstream.requests)
    process.send_signal(signum)
    assert finish(process).code == 0
    assert database.list_runs() == [("succeeded", "")]


@pytest.mark.parametrize("signum", [signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
def test_what_was_ignored_stays_so_as_under_nohup(
    database: Database, upstream: SampleUpstream, signum: signal.Signals
) -> None:
    url = upstream.fault_url("delay", seconds=1)
    ignoring = ("sh", "-c", f"trap '' {signum.name[3:]}; exec \"$@\"", "-")
    process = start(database, prefix=ignoring, BOOTH_SYNC_API_URL=url)
    wait_until(lambda: upstream.requests)
    process.send_signal(signum)
    assert finish(process).code == 0
    assert database.list_runs() == [("succeeded", "")]


@pytest.mark.database
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_push_says_that_all_was_saved(
    database: Database, captured: Captured, signum: signal.Signals
) -> None:
    with silent_server() as gateway:
        url = f"http://127.0.0.1:{gateway.getsockname()[1]}"
        process = start(database, "--from-file", "-", BOOTH_SYNC_PUSHGATEWAY_URL=url)
        assert process.stdin
        process.stdin.write(captured("d-order"))
        process.stdin.close()
        process.stdin = None
        with gateway.accept()[0]:
            process.send_signal(signum)
            outcome = finish(process, timeout=20)
    assert (outcome.code, outcome.document["status"]) == (128 + signum, "succeeded")
    assert SAVED in outcome.document["error"]["message"]
    assert outcome.document["counts"]["booths"]["created"] == 12
    assert database.list_runs() == [("succeeded", "")]


COMMITTING = """
import os, signal
from django.db import transaction
from django.db.backends.signals import connection_created
from project.settings.run import *

def watch(execute, sql, params, many, context):
    if 'UPDATE "booth_syncrun"' in sql and "succeeded" in params:
        transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGTERM))
    return execute(sql, params, many, context)

def begin(connection, **_):
    connection.execute_wrappers.append(watch)

connection_created.connect(begin, weak=False)
"""


@pytest.mark.database
def test_a_signal_while_the_commit_returns_says_that_all_was_saved(
    database: Database, captured: Captured, tmp_path: Path
) -> None:
    (tmp_path / "committing.py").write_text(COMMITTING)
    variables: dict[str, Any] = {
        "PYTHONPATH": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "committing",
    }
    process = start(database, "--from-file", "-", **variables)
    outcome = finish(process, feed=captured("d-order"))
    assert (outcome.code, outcome.document["status"]) == (143, "succeeded"), outcome.stderr
    assert SAVED in outcome.document["error"]["message"]
    assert database.list_runs() == [("succeeded", "")]
    assert len(database.read_rows()) > 12


@pytest.mark.database
def test_a_signal_while_nobody_reads_the_log_closes_the_row(
    database: Database, tmp_path: Path
) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while os.write(writer, b"." * 4096):
            pass
    os.set_blocking(writer, True)
    process = subprocess.Popen(
        command("sync", "--from-file", "-"),
        env=make_environment(DATABASE_URL=database.url),
        stdin=subprocess.PIPE,
        stderr=writer,
    )
    try:
        wait_for_claim(database)
        process.terminate()
        assert process.wait(timeout=20) == 143
    finally:
        process.kill()
        process.communicate()
        os.close(reader)
        os.close(writer)
    assert database.list_runs() == [("aborted", "aborted")]


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_command_starts_leaves_no_traceback(
    database: Database, signum: signal.Signals
) -> None:
    for delay in (0.1, 0.2, 0.3):
        process = start(database, "--from-file", "-")
        time.sleep(delay)
        process.send_signal(signum)
        outcome = finish(process)
        assert outcome.code in {128 + signum, -signum}  # before Python itself was up
        assert "Traceback" not in outcome.stderr or outcome.code == -signum
    assert ("running", "") not in database.list_runs()


INTERRUPTED = """
import os, signal
class Interrupted:
    def __set_name__(self, owner, name):
        os.kill(os.getpid(), signal.SIGTERM)
        sum(range(10))
class Settings:
    interrupted = Interrupted()
"""


def test_a_signal_while_a_class_is_made_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    variables: dict[str, Any] = {
        "DJANGO_SETTINGS_MODULE": "interrupted",
        "PYTHONPATH": str(tmp_path),
    }
    ended = run_command("booth_sync", "runs", **variables)
    assert (ended.returncode, ended.stdout) == (143, "")
    assert ended.stderr == "종료 신호를 받아 끝냅니다. [aborted]\n"


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_watching_ends_at_the_first_signal_also_within_a_request(
    database: Database, tmp_path: Path, signum: signal.Signals
) -> None:
    with silent_server() as api:
        kubeconfig = tmp_path / "config"
        kubeconfig.write_text(make_kubeconfig(api.getsockname()[1]))
        process = subprocess.Popen(
            command("status", "--watch"),
            env=make_environment(
                DATABASE_URL=database.url,
                KUBECONFIG=str(kubeconfig),
                BOOTH_SYNC_CRONJOBS="booth-sync",
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with api.accept()[0] as connection:
            connection.recv(1)
            began = time.monotonic()
            process.send_signal(signum)
            stdout, stderr = process.communicate(timeout=20)
            assert time.monotonic() - began < 3
    assert (process.returncode, stdout) == (128 + signum, "")
    assert stderr == ("" if signum == signal.SIGINT else "종료 신호를 받아 끝냅니다. [aborted]\n")


def make_kubeconfig(port: int) -> str:
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
            "users": [{"name": "test", "user": {"token": "canary"}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        }
    )
