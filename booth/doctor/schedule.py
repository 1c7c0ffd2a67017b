"""Examines the CronJobs, and what this identity may do to them."""

from __future__ import annotations

from collections.abc import Iterator

from booth import control
from booth.config import load_control_options
from booth.control import CronJob
from booth.doctor.clocks import judge_clock
from booth.doctor.findings import Finding, approve, fail, report, warn
from booth.errors import ConfigError, ControlError
from booth.options import ControlOptions

CRONJOB, RIGHTS = "CronJob", "권한"
NEEDED = ("get", "patch")
EXCESSIVE = ("delete",)
TELLING = frozenset({"forbidden", "not_found"})
"""Failures after which the rights tell more, though no CronJob could be read."""


def examine_schedule() -> Iterator[Finding]:
    """Yield what there is to say of each CronJob, of the rights to it, and of the clock."""
    try:
        options = load_control_options()
    except ConfigError as error:
        judge = warn if error.code == "no_cronjob" else fail
        yield judge(CRONJOB, error.message)
        return
    reading = control.read(options)
    for message in dict.fromkeys(failure.message for failure in reading.failures):
        yield fail(CRONJOB, message)
    for cronjob in reading.cronjobs:
        yield _describe(cronjob)
    if reading.cronjobs or any(f.reason in TELLING for f in reading.failures):
        yield from _examine_rights(options)


def _describe(cronjob: CronJob) -> Finding:
    message = f"'{cronjob.name}'({cronjob.namespace})을(를) 찾았습니다: {cronjob.schedule}."
    if not cronjob.suspended:
        return approve(CRONJOB, message)
    next_step = "켜려면 'booth_sync start'를 실행하세요."
    return warn(CRONJOB, f"{message} 꺼져 있습니다.", next_step=next_step)


def _examine_rights(options: ControlOptions) -> Iterator[Finding]:
    try:
        rights, seconds = control.review_rights(options, verbs=(*NEEDED, *EXCESSIVE))
    except ControlError as error:
        yield report(RIGHTS, error)
        return
    for cronjob in options.cronjobs:
        allowed = {right.verb for right in rights if right.name == cronjob and right.allowed}
        yield _judge_rights(cronjob, allowed=allowed)
    if seconds is not None:
        yield judge_clock("Kubernetes API", seconds=seconds)


def _judge_rights(cronjob: str, *, allowed: set[str]) -> Finding:
    missing = ", ".join(verb for verb in NEEDED if verb not in allowed)
    excessive = ", ".join(verb for verb in EXCESSIVE if verb in allowed)
    if missing:
        next_step = "Role에 cronjobs의 get과 patch를 주고 이 계정에 연결하세요."
        return fail(RIGHTS, f"'{cronjob}'에 대한 권한이 없습니다: {missing}.", next_step=next_step)
    if excessive:
        message = f"'{cronjob}'에 대해 필요 없는 권한이 있습니다: {excessive}."
        return warn(RIGHTS, message, next_step="operator ServiceAccount로 실행하세요.")
    return approve(RIGHTS, f"'{cronjob}'을(를) 읽고 켜고 끌 수 있습니다.")
