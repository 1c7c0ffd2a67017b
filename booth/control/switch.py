"""Reads, suspends and resumes the CronJobs that are the schedule of booth sync.

A switch reads every CronJob, patches those that are not as wanted, and reads again: what it
reports at the end is what the API server says, also when an answer was lost on the way, when one
of two patches failed, or when somebody else switched at the same time. So a call that is
repeated heals, and one that finds everything as wanted changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Any

from booth.config.options import ControlOptions
from booth.control.answers import CHANGED_AT, CHANGED_BY, REASON
from booth.control.api import Api
from booth.control.failures import make_error
from booth.control.types import Change, CronJob, Reading, Right
from booth.errors import ControlError
from booth.texts import ALREADY, DONE

logger = logging.getLogger("booth.control")

ATTEMPTS = 4
"""How often what failed is tried; who is only outrun by others goes on while there is time."""


def read(options: ControlOptions) -> Reading:
    """Return the CronJobs as they are now. What cannot be read is a failure in the answer."""
    try:
        with closing(Api(options)) as api:
            call = _Call(api, options.cronjobs)
            call.read(options.cronjobs)
            passing = {name: each for name, each in call.failures.items() if each.retryable}
            if passing and api.wait(passing.values()):
                call.read(passing)
    except ControlError as error:
        return Reading(cronjobs=(), failures=(error,))
    return Reading(cronjobs=call.list_found(), failures=tuple(call.failures.values()))


def review_rights(
    options: ControlOptions, *, verbs: Sequence[str]
) -> tuple[tuple[Right, ...], float | None]:
    """Return what this identity may do to each CronJob, and the server's clock minus ours (s).

    That is None where no answer told the server's time. Raises ControlError.
    """
    with closing(Api(options)) as api:
        rights = tuple(
            Right(verb=verb, name=name, allowed=api.may(verb, name))
            for name in options.cronjobs
            for verb in verbs
        )
        return rights, api.clock_offset


def suspend(options: ControlOptions, *, by: str, reason: str = "") -> Change:
    """Stop the schedule and return when every CronJob is suspended. Raises ControlError."""
    return _switch(options, suspended=True, by=by, reason=reason)


def resume(options: ControlOptions, *, by: str, reason: str = "") -> Change:
    """Start the schedule and return when no CronJob is suspended. Raises ControlError."""
    return _switch(options, suspended=False, by=by, reason=reason)


def _switch(options: ControlOptions, *, suspended: bool, by: str, reason: str) -> Change:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    notes = {CHANGED_BY: by, CHANGED_AT: at, REASON: reason or None}  # no old reason stays
    with closing(Api(options)) as api:
        call = _Call(api, options.cronjobs, suspended=suspended)
        try:
            call.settle(partial(api.patch, suspended=suspended, notes=notes))
        except ControlError as error:
            error.changed = call.list_changed()
            raise
        finally:
            changed = call.list_changed()
            for name in changed:
                logger.info("%s cronjob=%s by=%s reason=%s", DONE[suspended], name, by, reason)
    if not changed:
        logger.warning("%s cronjobs=%s", ALREADY[suspended], ",".join(options.cronjobs))
    return Change(cronjobs=call.list_found(), changed=changed)


class _Call:
    """One control call: each CronJob as it is known to be, or why that is unknown.

    ``suspended`` is what the call wants, None where it only reads. ``patched`` are the CronJobs
    that it tried to change.
    """

    def __init__(self, api: Api, names: Sequence[str], *, suspended: bool | None = None) -> None:
        self.found: dict[str, CronJob] = {}
        self.failures: dict[str, ControlError] = {}
        self.patched: dict[str, None] = {}
        self._api = api
        self._names = names
        self._suspended = suspended

    def holds(self, name: str) -> bool:
        """Return whether a CronJob is known to be as wanted."""
        return name in self.found and self._suspended in {None, self.found[name].suspended}

    def list_found(self) -> tuple[CronJob, ...]:
        """Return what is known, in the order of the names."""
        return tuple(self.found[name] for name in self._names if name in self.found)

    def list_changed(self) -> tuple[str, ...]:
        """Return the CronJobs that it has switched."""
        return tuple(name for name in self.patched if self.holds(name))

    def read(self, names: Iterable[str]) -> None:
        """Read these CronJobs."""
        for name in names:
            self._ask(name, self._api.read, name)

    def settle(self, patch: Callable[[CronJob], CronJob]) -> None:
        """Read and patch until every CronJob holds. Raises ControlError where that fails."""
        attempts = ATTEMPTS
        while self._read_when_quiet():
            hopeful = [name for name in self._list_unsettled() if self._is_hopeful(name)]
            for name in hopeful:
                if name in self.found:
                    self.patched[name] = None
                    self._ask(name, patch, self.found[name])
            failed = [self.failures[name] for name in hopeful if name in self.failures]
            attempts -= any(failure.reason != "conflict" for failure in failed)
            if not hopeful or (failed and not (attempts and self._api.wait(failed))):
                break
        if self.patched.keys() - self.found.keys() and self._api.wait():
            self._read_hopeful()  # the last patch may have worked
        if self._list_unsettled():
            raise self._make_error()

    def _read_when_quiet(self) -> bool:
        """Read, and once more after a moment where somebody is undoing what this call did.

        Returns False where time is too short to let them finish first.
        """
        self._read_hopeful()
        undone = self.patched.keys() & self._list_unsettled()
        if undone - self.failures.keys():  # acknowledged, and yet not so
            if not self._api.wait():
                return False
            self._read_hopeful()
        return True

    def _read_hopeful(self) -> None:
        """Read every CronJob but those that could not be read and never will be."""
        known = self.patched.keys() | self.found.keys()
        self.read([name for name in self._names if name in known or self._is_hopeful(name)])

    def _ask(self, name: str, request: Callable[..., CronJob], *arguments: Any) -> None:
        """Note the CronJob that a request returns, or why it failed: then its state is unknown.

        Why a patch failed counts until the CronJob holds, however often it can be read. Where only
        the call's time ran out, what counts is why the request was repeated.
        """
        try:
            self.found[name] = request(*arguments)
        except ControlError as error:
            self.found.pop(name, None)
            is_cut_short = error.reason == "timeout" and not self._api.seconds_left
            if not is_cut_short or name not in self.failures:
                self.failures[name] = error
        if self.holds(name):
            self.failures.pop(name, None)

    def _is_hopeful(self, name: str) -> bool:
        return name not in self.failures or self.failures[name].retryable

    def _list_unsettled(self) -> list[str]:
        return [name for name in self._names if not self.holds(name)]

    def _make_error(self) -> ControlError:
        """Return the first failure, with what holds, what does not, and what nobody knows.

        Of several CronJobs each has a line.
        """
        first = next(iter(self.failures.values()), None) or make_error("raced")
        parts = [first.message]
        if len(self._names) > 1:
            state = "꺼짐" if self._suspended else "켜짐"
            groups = {
                f"{state}(요청대로)": [name for name in self._names if self.holds(name)],
                "바뀌지 않음": [name for name in self._list_unsettled() if name in self.found],
                "알 수 없음": [name for name in self._names if name not in self.found],
            }
            parts += [f"  {name}: {label}" for label, names in groups.items() for name in names]
            parts.append("원인을 해결하고 같은 명령을 다시 실행하면 나머지를 바꿉니다.")
        if self.patched.keys() - self.found.keys():
            parts.append("'booth_sync status'로 상태를 확인하세요.")
        return ControlError("\n".join(parts), reason=first.reason)
