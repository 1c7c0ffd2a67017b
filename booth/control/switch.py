"""Suspends and resumes the CronJobs that are the schedule of booth sync.

A switch reads every CronJob, patches those that are not as wanted, and reads again: what it
reports at the end is what the API server says, also when an answer was lost on the way, when one
of two patches failed, or when somebody else switched at the same time. So a call that is
repeated heals, and one that finds everything as wanted changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from booth.config.options import ControlOptions
from booth.control.answers import CHANGED_AT, CHANGED_BY, REASON
from booth.control.api import Api, open_api
from booth.control.failures import NotApplied, make_error, translate
from booth.control.types import Change, CronJob
from booth.errors import ControlError

logger = logging.getLogger("booth.control")

ATTEMPTS = 4
"""How often what failed is tried; who is only outrun by others goes on while there is time."""
ALREADY = {
    False: "동기화가 이미 실행 중입니다.",
    True: "동기화가 이미 중지되어 있습니다.",
}
"""What is said, by ``suspended``, where a switch finds everything as wanted."""
DONE = {False: "예약 실행을 켰습니다", True: "예약 실행을 껐습니다"}


def suspend(options: ControlOptions, *, by: str, reason: str = "") -> Change:
    """Stop the schedule and return when every CronJob is suspended. Raises ControlError."""
    return _switch(options, suspended=True, by=by, reason=reason)


def resume(options: ControlOptions, *, by: str, reason: str = "") -> Change:
    """Start the schedule and return when no CronJob is suspended. Raises ControlError."""
    return _switch(options, suspended=False, by=by, reason=reason)


def _switch(options: ControlOptions, *, suspended: bool, by: str, reason: str) -> Change:
    with open_api(options) as api:
        switch = _Switch(api, options.cronjobs, suspended=suspended, by=by, reason=reason)
        try:
            change = switch.settle()
        finally:
            for name in switch.list_changed():
                logger.info("%s cronjob=%s by=%s reason=%s", DONE[suspended], name, by, reason)
    if not change.changed:
        logger.warning("%s cronjobs=%s", ALREADY[suspended], ",".join(options.cronjobs))
    return change


class _Switch:
    """One start or stop: which CronJobs hold, which this call changed, what went wrong."""

    def __init__(
        self, api: Api, names: Sequence[str], *, suspended: bool, by: str, reason: str
    ) -> None:
        self._api = api
        self._names = names
        self._suspended = suspended
        self._change = _make_patch(suspended=suspended, by=by, reason=reason)
        self._found: dict[str, CronJob] = {}
        self._patched: dict[str, None] = {}
        self._failures: dict[str, ControlError] = {}

    def settle(self) -> Change:
        """Return when every CronJob holds. Raises ControlError."""
        self._pursue()
        is_unclear = any(name not in self._found for name in self._patched)
        if is_unclear and self._api.wait():
            self._read()  # the last patch may have worked
        if self._open():
            raise self._explain()
        cronjobs = tuple(self._found[name] for name in self._names)
        return Change(cronjobs=cronjobs, changed=tuple(self.list_changed()))

    def list_changed(self) -> list[str]:
        """Return the CronJobs that were not as wanted before this call, and are now."""
        return [name for name in self._patched if self._holds(name)]

    def _pursue(self) -> None:
        """Read and patch until every CronJob holds, or nothing more can be done."""
        attempts = ATTEMPTS
        while attempts and self._look():
            hopeful = [name for name in self._open() if self._is_hopeful(name)]
            for name in hopeful:
                if name in self._found:
                    self._patch(name)
            failed = [self._failures[name] for name in hopeful if name in self._failures]
            attempts -= any(failure.reason != "conflict" for failure in failed)
            if not hopeful or (failed and not (attempts and self._api.wait(failed))):
                return

    def _look(self) -> bool:
        """Read, and return whether something is left to do and there is time to do it."""
        self._read()
        if self._is_undone():  # let whoever did it finish first
            if not self._api.wait():
                return False
            self._read()
        return bool(self._open())

    def _read(self) -> None:
        """Read every CronJob but those that could not be read and never will be."""
        known = (*self._found, *self._patched)
        names = [name for name in self._names if name in known or self._is_hopeful(name)]
        for name in names:
            try:
                self._found[name] = self._api.read(name)
            except ControlError as error:
                self._fail(name, error)
            else:
                if self._holds(name):
                    self._failures.pop(name, None)

    def _patch(self, name: str) -> None:
        self._patched[name] = None
        try:
            version = self._found[name].resource_version  # a patch that comes late is refused
            echo = self._api.patch(name, _at_version(self._change, version))
            self._verify(echo, name=name)
        except ControlError as error:
            self._fail(name, error)
        else:
            self._found[name] = echo
            self._failures.pop(name, None)

    def _verify(self, echo: CronJob, *, name: str) -> None:
        if echo.suspended is not self._suspended:
            raise translate(NotApplied(), verb="patch", name=name, namespace=self._api.namespace)

    def _fail(self, name: str, error: ControlError) -> None:
        """Note why a request failed; how the CronJob is now, nobody knows any more."""
        self._failures[name] = self._api.explain(error, before=self._failures.get(name))
        self._found.pop(name, None)

    def _is_undone(self) -> bool:
        """Return whether somebody has undone a change that the server had acknowledged."""
        return any(name in self._patched and name not in self._failures for name in self._open())

    def _is_hopeful(self, name: str) -> bool:
        failure = self._failures.get(name)
        return failure is None or failure.retryable

    def _holds(self, name: str) -> bool:
        return name in self._found and self._found[name].suspended is self._suspended

    def _open(self) -> list[str]:
        return [name for name in self._names if not self._holds(name)]

    def _explain(self) -> ControlError:
        """Return the first failure, with what holds and what does not."""
        first = next(iter(self._failures.values()), None) or make_error("raced")
        unknown = [name for name in self._open() if name not in self._found]
        parts = [first.message]
        if len(self._names) > 1:
            parts += self._describe(unknown)
        if any(name in self._patched for name in unknown):
            parts.append("'booth_sync status'로 상태를 확인하세요.")
        return ControlError(" ".join(parts), reason=first.reason)

    def _describe(self, unknown: list[str]) -> Iterator[str]:
        """Say of several CronJobs which hold, which do not, and of which nobody knows."""
        state = "꺼짐" if self._suspended else "켜짐"
        groups = {
            f"{state}(요청대로)": [name for name in self._names if self._holds(name)],
            "바뀌지 않음": [name for name in self._open() if name in self._found],
            "알 수 없음": unknown,
        }
        for label, names in groups.items():
            if names:
                yield f"{label}: {', '.join(names)}."
        yield "원인을 해결하고 같은 명령을 다시 실행하면 나머지를 바꿉니다."


def _at_version(change: dict[str, Any], version: str) -> dict[str, Any]:
    """Return a patch that the server refuses (409) once the object has another version."""
    return change | {"metadata": change["metadata"] | {"resourceVersion": version}}


def _make_patch(*, suspended: bool, by: str, reason: str) -> dict[str, Any]:
    """Return a merge patch; without a reason it takes the old one away."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    notes = {CHANGED_BY: by, CHANGED_AT: at, REASON: reason or None}
    return {"metadata": {"annotations": notes}, "spec": {"suspend": suspended}}
