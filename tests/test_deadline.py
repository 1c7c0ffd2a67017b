"""Wall-clock limits around calls that know none."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from booth.http import DeadlineExceeded, call_within
from tests.conftest import ROOT


def test_it_returns_what_the_call_returns() -> None:
    assert call_within(10, lambda: "answer") == "answer"
    assert call_within(10, lambda: None) is None


@pytest.mark.parametrize("kind", [ValueError, OSError, KeyboardInterrupt, SystemExit])
def test_it_raises_what_the_call_raises(kind: type[BaseException]) -> None:
    raised = kind("from the thread")

    def fail() -> None:
        raise raised

    with pytest.raises(kind) as caught:
        call_within(10, fail)
    assert caught.value is raised


def test_it_gives_up_when_time_is_up_and_calls_for_the_end_once() -> None:
    ended, calls = threading.Event(), []

    def end() -> None:
        calls.append("end")
        ended.set()

    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        call_within(0.2, lambda: ended.wait(30), on_timeout=end)
    assert 0.2 <= time.monotonic() - began < 5
    assert calls == ["end"]


def test_it_does_not_call_for_the_end_of_a_call_that_ended() -> None:
    calls: list[str] = []
    call_within(10, lambda: 1, on_timeout=lambda: calls.append("end"))
    with pytest.raises(ZeroDivisionError):
        call_within(10, lambda: 1 / 0, on_timeout=lambda: calls.append("end"))
    assert calls == []


def test_it_has_no_time_at_all_for_a_limit_of_zero() -> None:
    ended = threading.Event()
    with pytest.raises(DeadlineExceeded):
        call_within(0, lambda: ended.wait(30), on_timeout=ended.set)


def test_it_keeps_no_process_alive() -> None:
    script = (
        "import time; from booth.http import *\n"
        "try: call_within(0.2, lambda: time.sleep(60))\n"
        "except DeadlineExceeded: print('given up')"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "given up\n", "")
