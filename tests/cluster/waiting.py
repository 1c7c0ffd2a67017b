"""Waiting for what a server does a little later than it says."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T], *, seconds: float = 20) -> T:
    """Return the first true value of a condition; raises TimeoutError when there is none."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"not true within {seconds} s")
