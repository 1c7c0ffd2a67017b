"""The suites run in two lanes, and whatever ends them ends both."""

from __future__ import annotations

import asyncio
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.waiting import wait_for
from tests.conftest import ROOT
from tests.suites import Suite, run_all

MEET = """
import pathlib, sys, time
mine, other = map(pathlib.Path, sys.argv[1:])
print("I wait in", mine.name, flush=True)
mine.touch()
deadline = time.monotonic() + 30
while not other.exists() and time.monotonic() < deadline:
    time.sleep(0.02)
sys.exit(not other.exists())
"""
"""Ends well only where the other lane runs at the same time."""
TIDY = """
import pathlib, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # as tests/conftest.py does
mine = pathlib.Path(sys.argv[1])
try:
    mine.touch()
    time.sleep(60)
finally:
    mine.with_suffix(".tidied").touch()
"""
SESSION = """
import sys
from tests import suites
tidy, folder = sys.argv[1:]
python = (sys.executable, "-c")
suites.SUITES = tuple(
    suites.Suite(name=name, command=(*python, tidy, f"{folder}/{name}"), is_beside=beside)
    for name, beside in (("one", False), ("two", True))
)
sys.exit(suites.main([]))
"""


def test_what_waits_runs_beside_what_computes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    program = (sys.executable, "-c")
    passed = asyncio.run(
        run_all(
            [
                Suite(name="computes", command=(*program, MEET, one, two)),
                Suite(name="waits", command=(*program, MEET, two, one), is_beside=True),
                Suite(name="fails", command=(*program, "exit(3)"), is_beside=True),
            ]
        )
    )
    assert passed == {"computes", "waits"}
    printed = capfd.readouterr().out
    assert "I wait in one" in printed
    assert "I wait in two" in printed
    assert "=== fails: FAILED" in printed


def test_the_lane_that_is_done_first_takes_what_may_run_in_either(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mine, other = str(tmp_path / "first"), str(tmp_path / "long")
    program = (sys.executable, "-c")
    for is_beside in (True, False):
        passed = asyncio.run(
            run_all(
                [
                    Suite(name="first", command=(*program, MEET, mine, other), is_movable=True),
                    Suite(name="last", command=(*program, "exit(3)"), is_movable=True),
                    Suite(name="long", command=(*program, MEET, other, mine), is_beside=is_beside),
                ]
            )
        )
        assert passed == {"first", "long"}
        printed = capfd.readouterr().out
        assert ("=== first (beside the others)\n" in printed) is not is_beside
        assert printed.count("=== last: FAILED") == 1
        for path in (mine, other):
            Path(path).unlink()


@pytest.mark.parametrize(
    ("number", "begun_in_background"),
    [(signal.SIGINT, False), (signal.SIGTERM, False), (signal.SIGTERM, True)],
)
def test_a_signal_lets_both_lanes_end_in_order(
    tmp_path: Path, number: signal.Signals, begun_in_background: bool
) -> None:
    command = [sys.executable, "-c", SESSION, TIDY, str(tmp_path)]
    if begun_in_background:  # where a shell lets SIGINT be ignored
        command = ["sh", "-c", f"trap '' INT; exec {shlex.join(command)}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: (tmp_path / "one").exists() and (tmp_path / "two").exists())
        process.send_signal(number)
        assert process.wait(30) == 128 + number
    finally:
        process.kill()
        process.wait()
    assert {each.name for each in tmp_path.glob("*.tidied")} == {"one.tidied", "two.tidied"}
