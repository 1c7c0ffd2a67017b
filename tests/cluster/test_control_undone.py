"""What a switch does while somebody undoes it: it lets them finish first, then tries again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from booth import control
from booth.control import api
from booth.errors import ControlError

from .conftest import NAMES, OPTIONS, patch_by_hand, see_suspended
from .deployment import Deployment
from .test_control_races import proxied
from .wire import Request

Use = Callable[[Path], None]
PATIENT = replace(OPTIONS, timeout=60, request_timeout=30)
"""On a loaded machine too, no request's time is up while somebody undoes it."""
ONCE_THROUGH = ["GET", "GET", "PATCH", "PATCH"]


@pytest.fixture
def running(shared: Deployment, use_kubeconfig: Use) -> Deployment:
    """The deployment with both CronJobs running and its operator as this process's identity."""
    use_kubeconfig(shared.operator)
    patch_by_hand(shared, suspend=False)
    return shared


class Undoing:
    """Sets both CronJobs back before the first reading after each pair of patches, so often."""

    def __init__(self, deployment: Deployment, *, times: int) -> None:
        self.methods: list[str] = []
        self._deployment = deployment
        self._pairs = {2 * number for number in range(1, times + 1)}

    def __call__(self, request: Request) -> bool:
        """Undo where it is time; the request is forwarded as it is."""
        patches = self.methods.count("PATCH")
        if request.method == "GET" and patches in self._pairs:
            self._pairs.remove(patches)
            patch_by_hand(self._deployment, suspend=False)
        self.methods.append(request.method)
        return False


@pytest.mark.parametrize("times", [1, 5])
def test_what_somebody_undid_is_done_again_after_another_look(
    running: Deployment, use_kubeconfig: Use, times: int
) -> None:
    undoing = Undoing(running, times=times)
    with proxied(running, use_kubeconfig, fault="reset", when=undoing):
        change = control.suspend(PATIENT, by="민지")
    assert change.changed == NAMES
    assert [each.suspended for each in change.cronjobs] == [True, True]
    assert see_suspended(running) == [True, True]
    assert undoing.methods == [
        *ONCE_THROUGH,
        *(["GET", "GET", *ONCE_THROUGH] * times),
        "GET",
        "GET",
    ]


def test_without_time_for_another_look_it_says_that_somebody_undoes_it(
    running: Deployment, use_kubeconfig: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "BACKOFF", 1000 * PATIENT.timeout)
    undoing = Undoing(running, times=1)
    with (
        proxied(running, use_kubeconfig, fault="reset", when=undoing),
        pytest.raises(ControlError) as refused,
    ):
        control.suspend(PATIENT, by="민지")
    assert refused.value.reason == "raced"
    assert "\n  booth-sync: 바뀌지 않음\n" in refused.value.message
    assert "\n  booth-sync-peak: 바뀌지 않음\n" in refused.value.message
    assert see_suspended(running) == [False, False]
    assert undoing.methods == [*ONCE_THROUGH, "GET", "GET"]
