"""Runs every suite that this machine can run and names, loudly, each that it cannot.

Under ``CI=true`` a suite that cannot run is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.node.preflight import preflight

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A command with what it needs on the PATH; ``remedy`` says how to get that."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    remedy: str = ""
    is_fast: bool = True
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


SUITES = (
    Suite(name="lint", command=(str(BIN / "ruff"), "check", ".")),
    Suite(name="format", command=(str(BIN / "ruff"), "format", "--check", ".")),
    Suite(name="types", command=(str(BIN / "mypy"),)),
    Suite(name="imports", command=(str(BIN / "lint-imports"),)),
    Suite(
        name="tests on SQLite",
        command=_pytest(*TWO_AT_ONCE, "--cov", "--cov-report=", "-m", "not cluster", "tests"),
    ),
    Suite(
        name="tests on PostgreSQL",
        command=_pytest(*TWO_AT_ONCE, "--cov", "--cov-append", "-m", "database", "tests"),
        environment={"BOOTH_TEST_DATABASE": "postgresql"},
        is_fast=False,
    ),
    Suite(name="tests of the wheel and the set-up", command=_pytest("tests/wheel"), is_fast=False),
    Suite(
        name="tests on a Pushgateway",
        command=_pytest("tests/pushgateway"),
        needs=("prometheus-pushgateway",),
        remedy="apt-get install prometheus-pushgateway",
        is_fast=False,
    ),
    Suite(
        name="tests on a Kubernetes API (its first run builds it, about 8 minutes)",
        command=_pytest(*TWO_AT_ONCE, "tests/cluster"),
        is_fast=False,
    ),
    Suite(
        name="tests of the chart and the manifests (its first run builds Helm, about 4 minutes)",
        command=_pytest("tests/chart"),
        is_fast=False,
    ),
    Suite(
        name="tests of the image",
        command=_pytest("tests/image"),
        preflight=preflight,
        is_fast=False,
    ),
    Suite(
        name="tests on a Kubernetes node (its first run builds it, about 6 minutes)",
        command=_pytest("tests/node"),
        preflight=preflight,
        is_fast=False,
    ),
)


def main(arguments: list[str]) -> int:
    """Run the suites and return 0 when all that could run passed."""
    suites = [suite for suite in SUITES if suite.is_fast or "--fast" not in arguments]
    obstacles = {suite.name: suite.obstacle for suite in suites}
    failed = [suite.name for suite in suites if not obstacles[suite.name] and not _passes(suite)]
    not_run = {name: obstacle for name, obstacle in obstacles.items() if obstacle}
    for name, obstacle in not_run.items():
        _say(f"!!! NOT RUN: {name}: {obstacle}")
    for name in failed:
        _say(f"!!! FAILED: {name}")
    _say(f"{len(suites) - len(failed) - len(not_run)} suites passed, {len(failed)} failed")
    is_ci = os.environ.get("CI") == "true"
    return 1 if failed or (not_run and is_ci) else 0


def _passes(suite: Suite) -> bool:
    _say(f"=== {suite.name}")
    began = time.monotonic()
    environment = os.environ | dict(suite.environment)
    code = subprocess.run(suite.command, cwd=ROOT, env=environment, check=False).returncode
    _say(
        f"=== {suite.name}: {'passed' if code == 0 else 'FAILED'} {time.monotonic() - began:.0f} s"
    )
    return code == 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
