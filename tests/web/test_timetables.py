"""However many pages are open, the Kubernetes API is asked at most once in five seconds."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from booth.control.timetable import Timetable
from booth.errors import ControlError
from booth.web.timetables import Timetables
from tests.faults.processes import wait_until

GONE = Timetable(error=ControlError("닿지 않습니다.", reason="unreachable"))


class Api:
    """An API that counts how often it is asked, and can be held."""

    def __init__(self) -> None:
        self.asked = 0
        self.free = threading.Event()
        self.free.set()
        self.answer = Timetable(is_running=True)

    def __call__(self) -> Timetable:
        self.asked += 1
        self.free.wait(timeout=20)
        return self.answer


def test_many_pages_at_once_ask_once() -> None:
    api = Api()
    shelf = Timetables(api)
    api.free.clear()
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(shelf.get) for _ in range(20)]
        api.free.set()
        assert {each.result().is_running for each in waiting} == {True}
    shelf.get()
    assert api.asked == 1


def test_after_a_press_it_is_read_anew() -> None:
    api = Api()
    shelf = Timetables(api)
    shelf.get()
    api.answer = Timetable(is_running=False)
    assert shelf.get().is_running is True
    assert shelf.get(anew=True).is_running is False
    assert (shelf.get().is_running, api.asked) == (False, 2)


def test_an_old_one_is_read_anew_whatever_it_was() -> None:
    api = Api()
    shelf = Timetables(api)
    api.answer = GONE
    assert shelf.get() is GONE
    api.answer = Timetable(is_running=True)
    assert shelf.get(max_age=60) is GONE
    assert shelf.get(max_age=0).is_running is True


def test_nobody_waits_long_for_an_api_that_hangs() -> None:
    api = Api()
    shelf = Timetables(api, patience=0.2)
    api.free.clear()
    told = shelf.get()
    assert told.is_running is None
    assert told.error
    assert "응답하지 않습니다" in told.error.message
    assert shelf.get().error
    assert api.asked == 1
    api.free.set()
    wait_until(lambda: shelf.get().is_running is True)
