"""Reads the CronJobs that are the schedule of booth sync, and what one may do to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from booth.control.api import Api, open_api
from booth.control.types import CronJob, Reading, Right
from booth.errors import ControlError
from booth.options import ControlOptions

ROUNDS = 2
"""A reading that failed for the moment is tried once more."""


def read(options: ControlOptions) -> Reading:
    """Return the CronJobs as they are now. What cannot be read is a failure in the answer."""
    try:
        with open_api(options) as api:
            return _read(api, options.cronjobs)
    except ControlError as error:
        return Reading(cronjobs=(), failures=(error,))


def review_rights(
    options: ControlOptions, *, verbs: Sequence[str]
) -> tuple[tuple[Right, ...], float]:
    """Return what this identity may do to each CronJob, and the server's clock minus ours (s).

    Raises ControlError.
    """
    with open_api(options) as api:
        rights = tuple(
            Right(verb=verb, name=name, allowed=api.may(verb, name))
            for name in options.cronjobs
            for verb in verbs
        )
        return rights, _compare_clocks(api)


def _compare_clocks(api: Api) -> float:
    if api.server_time is None:
        return 0.0
    middle = timedelta(seconds=0.5)  # the server tells whole seconds, cut off
    return (api.server_time + middle - datetime.now(UTC)).total_seconds()


def _read(api: Api, names: Sequence[str]) -> Reading:
    found: dict[str, CronJob] = {}
    failures: dict[str, ControlError] = {}
    missing = list(names)
    for _ in range(ROUNDS):
        _read_each(api, missing, found, failures)
        missing = [name for name in missing if name in failures and failures[name].retryable]
        if not missing or not api.wait([failures[name] for name in missing]):
            break
    cronjobs = tuple(found[name] for name in names if name in found)
    return Reading(cronjobs=cronjobs, failures=tuple(failures.values()))


def _read_each(
    api: Api, names: Iterable[str], found: dict[str, CronJob], failures: dict[str, ControlError]
) -> None:
    for name in names:
        try:
            found[name] = api.read(name)
            failures.pop(name, None)
        except ControlError as error:
            failures[name] = api.explain(error, before=failures.get(name))
