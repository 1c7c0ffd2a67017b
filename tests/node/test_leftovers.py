"""Nothing stays of a node, however it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cluster.waiting import wait_for

from . import records
from .images import make_python_base
from .leftovers import Traces, find_traces, machine, traces_of
from .node import Node
from .pods import make_namespace, start_pod, wait_for_phase
from .sandbox import ROOT

ENDLESS = "import time; time.sleep(3600)"
START_SECONDS, END_SECONDS = 120, 60


@contextmanager
def held_node(folder: Path) -> Iterator[tuple["subprocess.Popen[bytes]", Traces]]:
    """A node that another process holds, and where to look for it."""
    command = [sys.executable, "-m", "tests.node", "hold", str(folder)]
    with (folder / "hold.log").open("wb") as log:
        holder = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_for(lambda: (folder / "ready").exists() or holder.poll(), seconds=START_SECONDS)
        assert holder.poll() is None, (folder / "hold.log").read_text()
        [traces] = find_traces(folder)
        yield holder, traces
    finally:
        holder.kill()
        holder.wait()


def _record_in(folder: Path) -> records.Record:
    (record,) = [each for each in records.all_records() if Path(each.state).parent == folder]
    return record


def test_nothing_is_left_while_a_pod_runs(tmp_path: Path) -> None:
    before = machine()
    with Node(tmp_path) as node:
        node.import_image(make_python_base())
        namespace = make_namespace(node, "endless")
        start_pod(node, "endless", namespace=namespace, program=ENDLESS)
        wait_for_phase(node, "endless", namespace=namespace, phase="Running")
        traces = traces_of(node)
        assert set(traces.found()) == {"cgroups", "processes", "files", "records"}
    assert traces.found() == {}
    assert machine() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_owner_is_killed(tmp_path: Path, number: signal.Signals) -> None:
    before = machine()
    with held_node(tmp_path) as (holder, traces):
        assert traces.found()
        holder.send_signal(number)
        holder.wait(END_SECONDS)
        wait_for(lambda: not traces.found(), seconds=END_SECONDS)
    assert machine() == before


def test_a_later_session_clears_up_after_a_killed_keeper(tmp_path: Path) -> None:
    before = machine()
    with held_node(tmp_path) as (holder, traces):
        os.kill(_record_in(tmp_path).keeper, signal.SIGKILL)
        holder.kill()
        holder.wait(END_SECONDS)
        wait_for(lambda: "processes" not in traces.found(), seconds=END_SECONDS)
        assert {"cgroups", "files", "records"} <= set(traces.found())
        assert traces.name in records.sweep()
    assert traces.found() == {}
    assert machine() == before
