"""Examines, one by one, everything that booth sync depends on, and says what to do about it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum

from django.db import connection
from django.utils import timezone
from msgspec import Struct
from msgspec.structs import replace

from booth import control
from booth.config.load import find_problems, load_control_options, load_options
from booth.config.options import ControlOptions
from booth.control import CronJob
from booth.database import require_migrations, translated_errors
from booth.errors import BoothSyncError, ConfigError, ControlError
from booth.sync.feed import parse
from booth.sync.plan import Plan, StoredState, make_plan
from booth.sync.push import check
from booth.sync.source import fetch


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


class Finding(Struct, frozen=True, kw_only=True):
    """What was found of one thing; ``next_step`` is empty where there is nothing to do."""

    name: str
    level: Level
    message: str
    next_step: str = ""


def approve(name: str, message: str) -> Finding:
    """Return the finding that a thing is as it should be."""
    return Finding(name=name, level=Level.OK, message=message)


def warn(name: str, message: str, *, next_step: str = "") -> Finding:
    """Return the finding that a thing deserves a look, though a sync works."""
    return Finding(name=name, level=Level.WARNING, message=message, next_step=next_step)


def fail(name: str, message: str, *, next_step: str = "") -> Finding:
    """Return the finding that a thing does not work."""
    return Finding(name=name, level=Level.FAILURE, message=message, next_step=next_step)


def report(name: str, error: BoothSyncError, *, next_step: str = "") -> Finding:
    """Return the finding that an error makes; its sentence often names the next step itself."""
    return fail(name, f"{error.message} [{error.code}]", next_step=next_step)


def examine() -> Iterator[Finding]:
    """Yield a finding for each thing, as soon as it is known. Raises nothing expected."""
    yield from examine_settings()
    database = examine_database()
    yield database
    yield examine_upstream()
    yield examine_gateway()
    yield from examine_schedule()
    if database.level is Level.OK and connection.vendor == "postgresql":  # a file has no clock
        yield examine_database_clock()


NOT_CHECKED = "설정이 없거나 잘못되어 확인하지 못했습니다. 위의 설정부터 바로잡으세요."


def examine_settings() -> Iterator[Finding]:
    """Yield each problem of the settings."""
    problems = list(find_problems())
    for problem in problems:
        judge = warn if problem.level == "warning" else fail
        next_step = problem.hint or "docs/configuration.md를 참고하세요."
        yield judge("설정", f"[{problem.id}] {problem.message}", next_step=next_step)
    if not problems:
        yield approve("설정", "잘못된 설정이 없습니다.")


def examine_database() -> Finding:
    """Say whether the database answers and has its migrations."""
    name = "데이터베이스"
    try:
        require_migrations()
    except BoothSyncError as error:
        return report(name, error, next_step="DATABASE_URL과 데이터베이스를 확인하세요.")
    kind = connection.display_name
    return approve(name, f"{kind}에 연결되었고 마이그레이션이 모두 적용되어 있습니다.")


def examine_upstream() -> Finding:
    """Say whether D-Order answers, once asked, with a booth list that a sync would accept."""
    name = "D-Order"
    try:
        source = load_options(for_http=True).source
    except ConfigError:
        return warn(name, NOT_CHECKED)
    try:
        feed = parse(fetch(replace(source, max_attempts=1)).body)
        plan = make_plan(feed, StoredState(booths={}, menus={}), now=timezone.now())
    except BoothSyncError as error:
        return report(name, error, next_step="docs/runbook.md의 'API calls fail'을 따르세요.")
    return _judge_feed(name, plan)


def _judge_feed(name: str, plan: Plan) -> Finding:
    booths, menus = plan.counts.booths, plan.counts.menus
    rejected = booths.rejected + menus.rejected
    if not booths.created and not rejected:
        next_step = "축제 전이나 뒤가 아니라면 BOOTH_SYNC_API_URL을 확인하세요."
        return warn(name, "올바른 응답이지만 부스가 하나도 없습니다.", next_step=next_step)
    message = f"올바른 부스 목록입니다: 부스 {booths.created}개, 메뉴 {menus.created}개."
    if not rejected:
        return approve(name, message)
    next_step = "'booth_sync sync --dry-run'으로 경로와 이유를 보고 D-Order에 알리세요."
    return warn(name, f"{message} 잘못된 항목이 {rejected}개 있습니다.", next_step=next_step)


def examine_gateway() -> Finding:
    """Say whether the Pushgateway is ready."""
    name = "Pushgateway"
    try:
        push = load_options(for_http=False).push
    except ConfigError:
        return warn(name, NOT_CHECKED)
    if not push.url:
        next_step = "알림이 필요하면 BOOTH_SYNC_PUSHGATEWAY_URL을 넣으세요."
        return warn(name, "설정되지 않아 지표를 보내지 않습니다.", next_step=next_step)
    try:
        check(push)
    except OSError as error:
        next_step = "BOOTH_SYNC_PUSHGATEWAY_URL과 사용자 이름, 암호를 확인하세요."
        return fail(name, f"응답하지 않거나 준비되지 않았습니다 ({error}).", next_step=next_step)
    return approve(name, "준비되어 있습니다.")


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


NAME = "시계"
MAX_SECONDS = 5.0
"""A lease, a schedule and a token tolerate this much, and a person does not notice it."""


def examine_database_clock() -> Finding:
    """Compare the clock of a PostgreSQL."""
    try:
        seconds = _read_database_clock()
    except BoothSyncError as error:
        return report(NAME, error)
    return judge_clock("데이터베이스", seconds=seconds)


def judge_clock(whose: str, *, seconds: float) -> Finding:
    """Judge the seconds by which another clock is ahead of ours."""
    message = f"이 컴퓨터의 시계가 {whose}의 시계와 {abs(seconds):.1f}초 다릅니다."
    if abs(seconds) <= MAX_SECONDS:
        return approve(NAME, message)
    return warn(NAME, message, next_step="두 컴퓨터의 시간 동기화(NTP)를 확인하세요.")


def _read_database_clock() -> float:
    with translated_errors(), connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT clock_timestamp()")
        [moment] = cursor.fetchone()
        middle = datetime.fromtimestamp((before + time.time()) / 2, UTC)
    return float((moment - middle).total_seconds())
