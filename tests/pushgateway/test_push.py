"""The push to a real Pushgateway, read back through its /metrics."""

from __future__ import annotations

import base64
import http.client
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec import to_builtins
from prometheus_client.parser import text_string_to_metric_families

from booth import __version__
from booth.config.options import PushOptions
from booth.errors import SourceError
from booth.sync.plan import Counts
from booth.sync.push import push
from booth.sync.report import STAGES, RunReport
from sample_upstream import SampleUpstream
from tests.conftest import ROOT, make_environment, run_command
from tests.pushgateway.conftest import read

SUCCESS = RunReport(run=1, status="succeeded", trigger="cli", duration=1.5, feed_bytes=42)
FAILURE = RunReport(
    run=2,
    status="failed",
    trigger="cli",
    duration=0.25,
    error=SourceError("실패", code="source_timeout"),
)
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read_samples(gateway: str) -> Samples:
    """Return every ``booth_sync_*`` sample that the gateway shows, by name and labels."""
    families = text_string_to_metric_families(read(f"{gateway}/metrics"))
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith("booth_sync_")
    }


def find(samples: Samples, name: str, **labels: str) -> float:
    """Return the one sample of that name and labels, in the default group."""
    group = {"job": "booth-sync", "instance": "default"} | labels
    return samples["booth_sync_" + name, frozenset(group.items())]


def test_it_shows_every_gauge_of_a_success(gateway: str) -> None:
    push(SUCCESS, options=PushOptions(url=gateway))
    samples = read_samples(gateway)
    assert find(samples, "last_run_success") == 1
    assert find(samples, "last_run_duration_seconds") == 1.5
    assert find(samples, "feed_bytes") == 42
    assert find(samples, "build_info", version=__version__) == 1
    success_at = find(samples, "last_success_timestamp_seconds")
    assert success_at == find(samples, "last_run_timestamp_seconds")


@pytest.mark.parametrize("report", [SUCCESS, FAILURE], ids=["success", "failure"])
def test_it_always_sends_every_label_value(gateway: str, report: RunReport) -> None:
    push(report, options=PushOptions(url=gateway))
    samples = read_samples(gateway)
    wanted = {
        (entity, result) for entity, kinds in to_builtins(Counts()).items() for result in kinds
    }
    assert len(wanted) == 14
    for entity, result in wanted:
        assert find(samples, "last_run_items", entity=entity, result=result) == 0
    for stage in STAGES:
        assert find(samples, "stage_duration_seconds", stage=stage) == 0


def test_it_keeps_the_last_success_through_a_failure(gateway: str) -> None:
    options = PushOptions(url=gateway)
    seen = []
    for report in (SUCCESS, FAILURE, SUCCESS):
        push(report, options=options)
        samples = read_samples(gateway)
        names = ("last_success_timestamp_seconds", "last_run_timestamp_seconds", "last_run_success")
        seen.append([find(samples, name) for name in names])
    (first_success, _, _), (kept, failed_at, failed), (last_success, last_run, succeeded) = seen
    assert kept == first_success < failed_at < last_success == last_run
    assert (failed, succeeded) == (0, 1)


def test_it_counts_a_partial_run_as_a_success(gateway: str) -> None:
    partial = RunReport(run=3, status="partial", trigger="cli")
    push(partial, options=PushOptions(url=gateway))
    samples = read_samples(gateway)
    assert find(samples, "last_run_success") == 1
    assert find(samples, "last_success_timestamp_seconds") > 0


def test_it_keeps_instances_apart(gateway: str) -> None:
    push(SUCCESS, options=PushOptions(url=gateway + "/", instance="가을/축제"))
    push(FAILURE, options=PushOptions(url=gateway))
    samples = read_samples(gateway)
    assert find(samples, "last_run_success", instance="가을/축제") == 1
    assert find(samples, "last_run_success") == 0
    groups = {frozenset(labels) & {("job", "booth-sync")} for _, labels in samples}
    assert groups == {frozenset({("job", "booth-sync")})}


def test_a_process_keeps_the_last_success_through_a_failure(gateway: str, tmp_path: Path) -> None:
    variables: dict[str, Any] = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "BOOTH_SYNC_PUSHGATEWAY_URL": gateway,
    }
    assert run_command("migrate", "--verbosity", "0", **variables).returncode == 0
    seen = []
    with SampleUpstream(booths=5, menus=3, twins=0) as upstream:
        for url, code in (
            (upstream.url, 0),
            (upstream.fault_url("status-404"), 69),
            (upstream.url, 0),
        ):
            finished = run_command("booth_sync", "sync", **variables, BOOTH_SYNC_API_URL=url)
            assert (finished.returncode, "WARNING" in finished.stderr) == (code, False)
            seen.append(read_samples(gateway))
    times = [find(samples, "last_success_timestamp_seconds") for samples in seen]
    assert times[0] == times[1] < times[2]
    assert [find(samples, "last_run_success") for samples in seen] == [1, 0, 1]
    items = [
        find(samples, "last_run_items", entity="booths", result=result)
        for samples, result in zip(seen, ("created", "created", "unchanged"), strict=True)
    ]
    assert items == [5, 0, 5]
    assert find(seen[0], "stage_duration_seconds", stage="fetch") > 0


def test_it_says_and_loads_nothing_without_a_url(tmp_path: Path) -> None:
    script = (
        "import sys; from booth.sync.push import push\n"
        "from booth.config.options import PushOptions\n"
        "from booth.sync.report import RunReport\n"
        "push(RunReport(run=1, status='succeeded', trigger='cli'), options=PushOptions())\n"
        "print({'prometheus_client', 'requests', 'urllib3'} & set(sys.modules))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=make_environment(),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (finished.stdout, finished.stderr) == ("set()\n", "")
    variables: dict[str, Any] = {"DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
    assert run_command("migrate", "--verbosity", "0", **variables).returncode == 0
    with SampleUpstream(booths=2, menus=1, twins=0) as upstream:
        variables |= {"BOOTH_SYNC_API_URL": upstream.url, "BOOTH_SYNC_LOG_LEVEL": "DEBUG"}
        finished = run_command("booth_sync", "sync", **variables)
    assert finished.returncode == 0
    assert "부스 데이터 동기화 완료" in finished.stderr
    assert "pushgateway" not in (finished.stdout + finished.stderr).lower()


@contextmanager
def guarding(gateway: str, *, credentials: str) -> Iterator[str]:
    """Yield the URL of a proxy that passes on what bears ``credentials`` and refuses the rest."""
    target = urlsplit(gateway)
    wanted = "Basic " + base64.b64encode(credentials.encode()).decode()

    class Guard(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = 401
            if self.headers["Authorization"] == wanted:
                passed = http.client.HTTPConnection(target.hostname or "", target.port, timeout=5)
                kept = {"Content-Type": self.headers["Content-Type"]}
                passed.request("POST", self.path, body=body, headers=kept)
                status = passed.getresponse().status
                passed.close()
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Guard)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_it_logs_in_with_basic_auth(gateway: str, caplog: pytest.LogCaptureFixture) -> None:
    with guarding(gateway, credentials="booth:비밀 p:w") as url:
        push(SUCCESS, options=PushOptions(url=url, username="booth", password="비밀 p:w"))
        assert caplog.records == []
        assert find(read_samples(gateway), "last_run_success") == 1
        push(FAILURE, options=PushOptions(url=url, username="booth", password="wrong"))
        push(FAILURE, options=PushOptions(url=url))
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert find(read_samples(gateway), "last_run_success") == 1
