"""Runs every suite that this machine can run and names, loudly, each that it cannot.

Under ``CI=true`` a suite that cannot run is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

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

    @property
    def lacking(self) -> list[str]:
        """The needed programs that the machine does not have."""
        return [program for program in self.needs if shutil.which(program) is None]


def _pytest(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "pytest", "-q", *arguments)


SUITES = (
    Suite(name="lint", command=(str(BIN / "ruff"), "check", ".")),
    Suite(name="format", command=(str(BIN / "ruff"), "format", "--check", ".")),
    Suite(name="types", command=(str(BIN / "mypy"),)),
    Suite(name="imports", command=(str(BIN / "lint-imports"),)),
    Suite(
        name="tests on SQLite",
        command=_pytest("--cov", "--cov-report=", "-m", "not cluster", "tests"),
    ),
    Suite(
        name="tests on PostgreSQL",
        command=_pytest("--cov", "--cov-append", "-m", "database", "tests"),
        environment={"BOOTH_TEST_DATABASE": "postgresql"},
        is_fast=False,
    ),
    Suite(
        name="tests on a Pushgateway",
        command=_pytest("tests/pushgateway"),
        needs=("prometheus-pushgateway",),
        remedy="apt-get install prometheus-pushgateway",
        is_fast=False,
    ),
    Suite(
        name="tests on a Kubernetes API (its first run builds it, about 8 minutes)",
        command=_pytest("tests/cluster"),
        is_fast=False,
    ),
)


def main(arguments: list[str]) -> int:
    """Run the suites and return 0 when all that could run passed."""
    suites = [suite for suite in SUITES if suite.is_fast or "--fast" not in arguments]
    failed = [suite.name for suite in suites if not suite.lacking and not _passes(suite)]
    lacking = [suite for suite in suites if suite.lacking]
    for suite in lacking:
        what = ", ".join(suite.lacking)
        _say(f"!!! NOT RUN: {suite.name}: {what} is missing. To run it: {suite.remedy}")
    for name in failed:
        _say(f"!!! FAILED: {name}")
    _say(f"{len(suites) - len(failed) - len(lacking)} suites passed, {len(failed)} failed")
    is_ci = os.environ.get("CI") == "true"
    return 1 if failed or (lacking and is_ci) else 0


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
