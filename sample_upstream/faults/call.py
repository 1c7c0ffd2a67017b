"""What a fault gets to work with, and the register of all faults."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from sample_upstream.pages import Reply
from sample_upstream.state import State
from sample_upstream.wire import Wire

_LONGEST_SECONDS = 3600.0


class BadQuery(Exception):
    """A parameter of the query cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request for a fault."""

    wire: Wire
    state: State
    path: str
    query: dict[str, str]
    parts: tuple[str, ...] = ()
    """The variable parts of the fault's name."""

    def read_number(self, name: str, *, default: float) -> float:
        """Return a number of the query between 0 and 3,600; raises BadQuery."""
        return read_number(self.query, name, default=default)


def read_number(query: dict[str, str], name: str, *, default: float) -> float:
    """Return a number of `query` between 0 and 3,600; raises BadQuery for anything else."""
    try:
        number = float(query.get(name, default))
    except ValueError as error:
        raise BadQuery(name) from error
    if math.isnan(number) or number < 0 or number > _LONGEST_SECONDS:
        raise BadQuery(name)
    return number


Fault = Callable[[Call], Reply | None]
"""Returns an answer to be sent, or None if it has written to the wire itself."""

_FAULTS: list[tuple[str, re.Pattern[str], Fault]] = []


def fault(name: str) -> Callable[[Fault], Fault]:
    """Register a function as fault `name`; `<code>` and `<n>` in it stand for digits."""

    def register(function: Fault) -> Fault:
        pattern = re.escape(name).replace("<code>", r"([2-5]\d\d)").replace("<n>", r"(\d{1,6})")
        _FAULTS.append((name, re.compile(pattern), function))
        return function

    return register


def list_fault_names() -> tuple[str, ...]:
    """Return the names of all faults, in order of registration."""
    return tuple(name for name, _, _ in _FAULTS)


def find_fault(name: str) -> tuple[Fault, tuple[str, ...]] | None:
    """Return the fault called `name` and the variable parts of that name, or None."""
    for _, pattern, function in _FAULTS:
        if match := pattern.fullmatch(name):
            return function, match.groups()
    return None
