"""Control calls as the tests make them: what came of each, and in what time."""

import threading
import time
from dataclasses import dataclass

import booth.control.identity  # noqa: F401  # once for all, so that no call is measured with it
from booth import control
from booth.config.options import ControlOptions
from booth.errors import ControlError

from .conftest import OPTIONS


@dataclass(frozen=True, kw_only=True)
class Called:
    """What came of a call: its failures, and how long it took."""

    verb: str
    failures: tuple[ControlError, ...]
    seconds: float

    @property
    def reasons(self) -> set[str]:
        """Return the names of its failures."""
        return {failure.reason for failure in self.failures}


def call(verb: str, options: ControlOptions = OPTIONS) -> Called:
    """Make a control call; anything but a ControlError is the test's failure."""
    began = time.monotonic()
    failures: tuple[ControlError, ...] = ()
    try:
        if verb == "read":
            failures = control.read(options).failures
        else:
            getattr(control, verb)(options, by="민지")
    except ControlError as error:
        failures = (error,)
    return Called(verb=verb, failures=failures, seconds=time.monotonic() - began)


def is_quiet() -> bool:
    """Return whether no call has left a thread behind."""
    return all(thread.name != "deadline" for thread in threading.enumerate())
