"""What holds at the end when calls race, when one of two changes fails, when an answer is lost."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from booth import control, dorders
from booth.control.timetable import make_timetable
from booth.errors import ControlError
from tests.conftest import ROOT, make_environment

from .conftest import NAMES, OPTIONS, patch_by_hand, see, see_suspended
from .deployment import Deployment
from .proxy import FaultProxy
from .wire import Request

Use = Callable[[Path], None]
INTERLEAVINGS, MAX_ROUNDS = 100, 300
MAX_HEAD_START = 0.005
SWITCH = {True: control.suspend, False: control.resume}
RACER = """
import json, sys, time
from booth import control
from booth.config.options import ControlOptions

options = ControlOptions(cronjobs=tuple(sys.argv[2:]))
switch = {"stop": control.suspend, "start": control.resume}[sys.argv[1]]
for line in sys.stdin:
    time.sleep(float(line))
    began = time.monotonic()
    change = switch(options, by=sys.argv[1])
    told = {each.name: [int(each.resource_version), each.suspended] for each in change.cronjobs}
    print(json.dumps([began, time.monotonic(), told]), flush=True)
"""


@pytest.fixture
def running(shared: Deployment, use_kubeconfig: Use) -> Deployment:
    """The deployment with both CronJobs running and its operator as this process's identity."""
    use_kubeconfig(shared.operator)
    patch_by_hand(shared, suspend=False)
    return shared


@contextmanager
def racing(verb: str, *, kubeconfig: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a process that switches once for each line it reads, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-c", RACER, verb, *NAMES],
        cwd=ROOT,
        env=make_environment(KUBECONFIG=str(kubeconfig)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def start_round(process: subprocess.Popen[str], *, wait: float) -> None:
    """Let the process switch after ``wait`` seconds."""
    assert process.stdin is not None
    process.stdin.write(f"{wait}\n")
    process.stdin.flush()


def read_acknowledged(process: subprocess.Popen[str]) -> tuple[float, float, dict[str, list[int]]]:
    """Return when the call began and ended, and what it reported of each CronJob: version, state.

    The seconds are of the machine's one monotonic clock.
    """
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    assert line, process.stderr.read()
    began, ended, acknowledged = json.loads(line)
    return began, ended, acknowledged


def test_of_a_hundred_races_the_last_acknowledged_call_is_the_spec(running: Deployment) -> None:
    won: list[bool] = []  # of the rounds in which the calls did overlap
    with (
        racing("stop", kubeconfig=running.operator) as stop,
        racing("start", kubeconfig=running.operator) as start,
    ):
        for number in range(MAX_ROUNDS):
            first, second = (stop, start) if number % 2 else (start, stop)
            start_round(first, wait=0)
            start_round(second, wait=random.uniform(0, MAX_HEAD_START))
            begins, ends, told = zip(*map(read_acknowledged, (stop, start)), strict=True)
            last = [max(each[name] for each in told)[1] for name in NAMES]
            assert see_suspended(running) == last
            assert last[0] == last[1]
            won += [bool(last[0])] if max(begins) < min(ends) else []
            if len(won) == INTERLEAVINGS:
                break
    assert (len(won), set(won)) == (INTERLEAVINGS, {True, False})


def is_patch_of_peak(request: Request) -> bool:
    """Return whether a request is the second of two patches."""
    return request.method == "PATCH" and request.path.partition("?")[0].endswith("-peak")


def is_patch(request: Request) -> bool:
    """Return whether a request changes something."""
    return request.method == "PATCH"


def only_first(condition: Callable[[Request], bool]) -> Callable[[Request], bool]:
    """Return a condition that is true once: for the first request that meets ``condition``."""
    numbers = itertools.count()
    return lambda request: condition(request) and next(numbers) == 0


@contextmanager
def proxied(deployment: Deployment, use: Use, **how: Any) -> Iterator[FaultProxy]:
    """Lead this process to the API server through a proxy with a fault."""
    with FaultProxy(deployment.control_plane, **how) as proxy:
        path = deployment.operator.with_suffix(".proxied")
        path.write_text(_lead_to(proxy.url, deployment.operator.read_text()))
        use(path)
        try:
            yield proxy
        finally:
            use(deployment.operator)


def _lead_to(url: str, kubeconfig: str) -> str:
    config = json.loads(kubeconfig)
    config["clusters"][0]["cluster"]["server"] = url
    return json.dumps(config)


@pytest.mark.parametrize("suspended", [True, False])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("forbidden", "forbidden"),
        ("internal_error", "server_error"),
        ("hang_after_reading", "timeout"),
        ("stale_answer", "not_applied"),
    ],
)
def test_when_the_second_patch_fails_both_are_told_and_repeating_heals(
    running: Deployment, use_kubeconfig: Use, fault: str, reason: str, suspended: bool
) -> None:
    patch_by_hand(running, suspend=not suspended)
    switch, word = SWITCH[suspended], "꺼짐" if suspended else "켜짐"
    with (
        proxied(running, use_kubeconfig, fault=fault, when=is_patch_of_peak),
        pytest.raises(ControlError) as refused,
    ):
        switch(OPTIONS, by="민지")
    assert refused.value.reason == reason
    assert f"  booth-sync: {word}(요청대로)" in refused.value.message
    assert "  booth-sync-peak: 바뀌지 않음" in refused.value.message
    assert see_suspended(running) == [suspended, not suspended]

    timetable = make_timetable(control.read(OPTIONS), now=datetime.now(UTC))
    assert timetable.is_running is None
    assert timetable.error is not None
    assert timetable.error.reason == "differing"
    assert f"booth-sync {word}, booth-sync-peak " in timetable.error.message

    assert switch(OPTIONS, by="지훈").changed == ("booth-sync-peak",)
    assert see_suspended(running) == [suspended] * 2
    assert make_timetable(control.read(OPTIONS), now=datetime.now(UTC)).is_running is not suspended


LOST = ("drop_after_forwarding", "hang_after_forwarding", "truncated_body", "drip_body")


@pytest.mark.parametrize("fault", LOST)
def test_a_change_whose_answer_is_lost_still_succeeds(
    running: Deployment, use_kubeconfig: Use, fault: str
) -> None:
    with proxied(running, use_kubeconfig, fault=fault, when=is_patch) as proxy:
        change = control.suspend(OPTIONS, by="민지", reason="무대 점검")
    assert [cronjob.suspended for cronjob in change.cronjobs] == [True, True]
    assert [cronjob.changed_by for cronjob in change.cronjobs] == ["민지", "민지"]
    assert see_suspended(running) == [True, True]
    assert len([request for request in proxy.requests if is_patch(request)]) == 2


def test_a_change_whose_answer_is_lost_counts_as_changed(
    running: Deployment, use_kubeconfig: Use, caplog: pytest.LogCaptureFixture
) -> None:
    with proxied(running, use_kubeconfig, fault="drop_after_forwarding", when=is_patch):
        change = control.suspend(OPTIONS, by="민지")
    assert set(change.changed) == set(NAMES)
    assert "예약 실행이 이미 꺼져 있어 바꾼 것이 없습니다." not in caplog.text


ONCE = (
    *("too_many_requests", "service_unavailable", "internal_error", "gateway_timeout"),
    *("conflict", "reset", "drop_after_request", "bad_gateway", "truncated_body"),
)


@pytest.mark.parametrize("fault", ONCE)
def test_what_goes_wrong_once_is_tried_again(
    running: Deployment, use_kubeconfig: Use, fault: str
) -> None:
    with proxied(running, use_kubeconfig, fault=fault, when=only_first(lambda _: True)):
        reading = control.read(OPTIONS)
    assert ([each.name for each in reading.cronjobs], reading.failures) == ([*NAMES], ())
    for suspended, is_hit in ((True, lambda _: True), (False, is_patch)):
        with proxied(running, use_kubeconfig, fault=fault, when=only_first(is_hit)):
            change = SWITCH[suspended](OPTIONS, by="민지")
        assert {each.suspended for each in change.cronjobs} == {suspended}
        assert see_suspended(running) == [suspended] * 2
        assert see(running, NAMES[0])["metadata"]["annotations"]["booth-sync/changed-by"] == "민지"


@pytest.mark.django_db(transaction=True)
def test_the_facade_says_whether_the_wanted_state_holds_at_the_end(
    running: Deployment, use_kubeconfig: Use, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.BOOTH_SYNC_CRONJOBS = [*NAMES]
    for switch, suspended in ((dorders.stop_booth_sync, True), (dorders.start_booth_sync, False)):
        assert [switch(), switch()] == [True, True]
        assert see_suspended(running) == [suspended] * 2
    with proxied(running, use_kubeconfig, fault="refused"):
        caplog.clear()
        assert [dorders.stop_booth_sync(), dorders.start_booth_sync()] == [False, False]
    logged = [record.levelname for record in caplog.records if record.name == "booth.dorders"]
    assert logged == ["ERROR"] * 2
