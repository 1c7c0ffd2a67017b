"""A session that is interrupted leaves no process, mount, cgroup or namespace behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cluster.waiting import wait_for
from tests.conftest import ROOT
from tests.node.leftovers import Traces, find_traces, machine, processes_in

from .conftest import Site

START_SECONDS, END_SECONDS = 240, 60
SERVERS = {"postgres", "prometheus-push", "containerd", "kubelet", "kube-apiserver"}
SESSION = (sys.executable, "-m", "pytest", "-q", "tests/node/e2e/test_manifests.py")


@contextmanager
def session(folder: Path, *, image: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A session of its own that installs a release of an image."""
    output = folder / "session.log"
    with output.open("wb") as log:
        command = [*SESSION, f"--basetemp={folder / 'session'}"]
        variables = os.environ | {"E2E_IMAGE": str(image)}
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def is_in_full_swing(traces: Traces) -> bool:
    """Return whether all servers run, and a container of a pod too."""
    names = {each.partition(" ")[2] for each in processes_in(traces.network)}
    return names >= SERVERS and "containerd-shim" in names


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_an_interrupted_session(
    site: Site, tmp_path: Path, number: signal.Signals
) -> None:
    before = machine()
    with session(tmp_path, image=site.image) as process:
        [traces] = wait_for(lambda: find_traces(tmp_path), seconds=START_SECONDS)
        wait_for(lambda: is_in_full_swing(traces) or process.poll(), seconds=START_SECONDS)
        assert process.poll() is None, (tmp_path / "session.log").read_text()
        process.send_signal(number)
        process.wait(END_SECONDS)
        wait_for(lambda: not traces.found(), seconds=END_SECONDS)
    assert machine() == before
