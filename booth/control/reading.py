"""Reads the CronJobs that are the schedule of booth sync, and what one may do to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from booth.config.options import ControlOptions
from booth.control.api import Api, open_api
from booth.control.types import CronJob, Reading, Right
from booth.errors import ControlError


def read(options: ControlOptions) -> Reading:
    """Return the CronJobs as they are now. What cannot be read is a failure in the answer."""
    try:
        with open_api(options) as api:
            return _read(api, options.cronjobs)
    except ControlError as error:
        return Reading(cronjobs=(), failures=(error,))


def review_rights(
    options: ControlOptions, *, verbs: Sequence[str]
) -> tuple[tuple[Right, ...], float | None]:
    """Return what this identity may do to each CronJob, and the server's clock minus ours (s).

    That is None where no answer told the server's time. Raises ControlError.
    """
    with open_api(options) as api:
        rights = tuple(
            Right(verb=verb, name=name, allowed=api.may(verb, name))
            for name in options.cronjobs
            for verb in verbs
        )
        return rights, _compare_clocks(api)


def _compare_clocks(api: Api) -> float | None:
    if api.server_time is None:
        return None
    middle = timedelta(seconds=0.5)  # the server tells whole seconds, cut off
    return (api.server_time + middle - datetime.now(UTC)).total_seconds()


def _read(api: Api, names: Sequence[str]) -> Reading:
    """Read each CronJob, and once more those that failed for the moment."""
    answers = _read_each(api, names, before={})
    passing = {
        name: answer
        for name, answer in answers.items()
        if isinstance(answer, ControlError) and answer.retryable
    }
    if passing and api.wait(passing.values()):
        answers |= _read_each(api, passing, before=passing)
    return Reading(
        cronjobs=tuple(each for each in answers.values() if isinstance(each, CronJob)),
        failures=tuple(each for each in answers.values() if isinstance(each, ControlError)),
    )


def _read_each(
    api: Api, names: Iterable[str], *, before: Mapping[str, ControlError]
) -> dict[str, CronJob | ControlError]:
    """Return each CronJob, or why it could not be read, also in view of the failure before."""
    answers: dict[str, CronJob | ControlError] = {}
    for name in names:
        try:
            answers[name] = api.read(name)
        except ControlError as error:
            answers[name] = api.explain(error, before=before.get(name))
    return answers
