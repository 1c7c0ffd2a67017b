"""Runs every suite that this machine can run and names, loudly, each that it cannot.

Under ``CI=true`` a suite that cannot run is a failure. Suites that mostly wait run one after the
other beside those that compute; what may run in either lane is taken by the one that is done with
its own first. What is printed beside the others is shown when its suite ends.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.cluster.processes import GUARD
from tests.node.preflight import preflight

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
END_SECONDS = 60
"""For a suite that was interrupted to end what it started."""


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A command with what it needs on the PATH; ``remedy`` says how to get that."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    remedy: str = ""
    is_fast: bool = True
    is_beside: bool = False
    is_movable: bool = False
    """It runs in the lane that is first done with its own suites."""
    preflight: Callable[[], str | None] = lambda: None
    """Says in one sentence why the machine cannot run the suite, if it cannot."""

    @property
    def obstacle(self) -> str | None:
        """Why the suite cannot run on this machine and what to do about it; None if it can."""
        lacking = [program for program in self.needs if shutil.which(program) is None]
        if lacking:
            return f"{', '.join(lacking)} is missing. To run it: {self.remedy}"
        return self.preflight()


def _pytest(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "pytest", "-q", *arguments)


TWO_AT_ONCE = ("-n", "2", "--dist", "worksteal")
"""For suites that wait more than they compute; each half has servers and databases of its own."""
THREE_AT_ONCE = ("-n", "3", "--dist", "worksteal")
"""Where most of the waiting is for locks, deadlines and processes."""


SUITES = (
    Suite(name="lint", command=(str(BIN / "ruff"), "check", ".")),
    Suite(name="format", command=(str(BIN / "ruff"), "format", "--check", ".")),
    Suite(name="types", command=(str(BIN / "mypy"),)),
    Suite(name="imports", command=(str(BIN / "lint-imports"),)),
    Suite(
        name="tests on SQLite",
        command=_pytest(*THREE_AT_ONCE, "--cov", "--cov-report=", "-m", "not cluster", "tests"),
    ),
    Suite(
        name="tests on PostgreSQL",
        command=_pytest(*THREE_AT_ONCE, "--cov", "--cov-append", "-m", "database", "tests"),
        environment={"BOOTH_TEST_DATABASE": "postgresql"},
        is_fast=False,
    ),
    Suite(
        name="tests on a Kubernetes API (its first run builds it, about 8 minutes)",
        command=_pytest(*TWO_AT_ONCE, "tests/cluster", "--ignore=tests/cluster/browser"),
        is_fast=False,
    ),
    Suite(
        name="tests in a browser",
        command=_pytest(*TWO_AT_ONCE, "tests/cluster/browser"),
        environment={"BOOTH_TEST_DATABASE": "postgresql"},
        needs=("chromium",),
        remedy="apt-get install chromium fonts-noto-cjk",
        is_fast=False,
    ),
    Suite(
        name="tests of the chart and the manifests (its first run builds Helm, about 4 minutes)",
        command=_pytest("tests/chart"),
        is_fast=False,
        is_movable=True,
    ),
    Suite(
        name="tests of the wheel and the set-up",
        command=_pytest("tests/wheel"),
        is_fast=False,
        is_movable=True,
    ),
    Suite(
        name="tests on a Pushgateway",
        command=_pytest("tests/pushgateway"),
        needs=("prometheus-pushgateway",),
        remedy="apt-get install prometheus-pushgateway",
        is_fast=False,
        is_movable=True,
    ),
    Suite(
        name="tests of alerts and dashboard (its first run builds Prometheus, about 4 minutes)",
        command=_pytest(*TWO_AT_ONCE, "tests/prometheus"),
        needs=("prometheus", "promtool", "prometheus-pushgateway"),
        remedy="apt-get install prometheus prometheus-pushgateway",
        is_fast=False,
        is_movable=True,
    ),
    Suite(
        name="tests behind an nginx",
        command=_pytest("tests/nginx"),
        needs=("nginx",),
        remedy="apt-get install nginx",
        is_fast=False,
        is_movable=True,
    ),
    Suite(
        name="tests of the image",
        command=_pytest("tests/image"),
        preflight=preflight,
        is_fast=False,
        is_beside=True,
    ),
    Suite(
        name="tests on a Kubernetes node (its first run builds it, about 6 minutes)",
        command=_pytest("tests/node"),
        preflight=preflight,
        is_fast=False,
        is_beside=True,
    ),
)


def main(arguments: list[str]) -> int:
    """Run the suites and return 0 when all that could run passed."""
    suites = [suite for suite in SUITES if suite.is_fast or "--fast" not in arguments]
    obstacles = {suite.name: suite.obstacle for suite in suites}
    able = [suite for suite in suites if not obstacles[suite.name]]
    try:
        passed = asyncio.run(run_all(able))
    except (KeyboardInterrupt, asyncio.CancelledError) as ended:
        return 128 + (signal.SIGINT if isinstance(ended, KeyboardInterrupt) else signal.SIGTERM)
    failed = [suite.name for suite in able if suite.name not in passed]
    not_run = {name: obstacle for name, obstacle in obstacles.items() if obstacle}
    for name, obstacle in not_run.items():
        _say(f"!!! NOT RUN: {name}: {obstacle}")
    for name in failed:
        _say(f"!!! FAILED: {name}")
    _say(f"{len(suites) - len(failed) - len(not_run)} suites passed, {len(failed)} failed")
    is_ci = os.environ.get("CI") == "true"
    return 1 if failed or (not_run and is_ci) else 0


async def run_all(suites: Sequence[Suite]) -> set[str]:
    """Run the suites in two lanes and return the names of those that passed."""
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    movable = deque(each for each in suites if each.is_movable)
    fixed = [each for each in suites if not each.is_movable]
    async with asyncio.TaskGroup() as group:
        lanes = [
            group.create_task(
                _run_lane(
                    [each for each in fixed if each.is_beside is is_beside],
                    movable,
                    is_beside=is_beside,
                )
            )
            for is_beside in (True, False)
        ]
    return lanes[0].result() | lanes[1].result()


async def _run_lane(suites: Sequence[Suite], movable: deque[Suite], *, is_beside: bool) -> set[str]:
    passed = {suite.name for suite in suites if await _passes(suite, is_beside=is_beside)}
    while movable:
        suite = movable.popleft()
        if await _passes(suite, is_beside=is_beside):
            passed.add(suite.name)
    return passed


async def _passes(suite: Suite, *, is_beside: bool) -> bool:
    _say(f"=== {suite.name}{' (beside the others)' if is_beside else ''}")
    began = time.monotonic()
    with tempfile.TemporaryFile() as kept:
        try:
            code = await _run(suite, output=kept if is_beside else None)
        finally:
            kept.seek(0)
            _say(kept.read().decode(errors="replace"), end="")
    _say(
        f"=== {suite.name}: {'passed' if code == 0 else 'FAILED'} {time.monotonic() - began:.0f} s"
    )
    return code == 0


async def _run(suite: Suite, *, output: IO[bytes] | None) -> int:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(GUARD), str(os.getpid()), *suite.command),
        cwd=ROOT,
        env=os.environ | dict(suite.environment),
        stdout=output,
        stderr=output,
        start_new_session=True,  # a Ctrl-C reaches it once, by us: a second one would cut it short
    )
    try:
        return await process.wait()
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    """Let an interrupted suite end what it started; kill it where it does not."""
    with suppress(ProcessLookupError):  # it has ended by itself
        process.send_signal(signal.SIGINT)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), END_SECONDS)
        process.kill()


def _say(line: str, *, end: str = "\n") -> None:
    sys.stdout.write(line + end)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
