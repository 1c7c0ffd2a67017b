"""Examines, one by one, everything that booth sync depends on, and says what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from django.db import connection
from django.utils import timezone
from msgspec import Struct
from msgspec.structs import replace

from booth import control, texts
from booth.config.load import (
    find_problems,
    get_pod_name,
    load_control_options,
    load_push_options,
    load_source_options,
)
from booth.config.options import ControlOptions, PushOptions, SourceOptions
from booth.database import require_migrations, require_unicode
from booth.errors import BoothSyncError, ConfigError, FeedError
from booth.sync.feed import parse
from booth.sync.plan import StoredState, make_plan, settle
from booth.sync.push import check
from booth.sync.source import fetch

SETTINGS, DATABASE, UPSTREAM, GATEWAY = "설정", "데이터베이스", "D-Order", "Pushgateway"
CRONJOB, RIGHTS, CLOCK = "CronJob", "권한", "시계"
NEEDED, EXCESSIVE = ("get", "patch"), ("delete",)
TELLING = frozenset({"forbidden", "not_found"})
"""Failures after which the rights tell more, though no CronJob could be read."""
UPSTREAM_STEP = "주소와 네트워크를 확인하고, 계속되면 D-Order 담당자에게 알리세요."
STEPS = {
    "migrations": "'manage.py migrate'를 실행하세요.",
    "rights": "데이터베이스 계정에 booth 테이블의 읽기와 쓰기 권한을 주세요.",
    "schema": "DATABASE_URL이 사이트의 데이터베이스인지 확인하세요.",
    "source_tls": "BOOTH_SYNC_CA_BUNDLE과 D-Order의 인증서를 확인하세요.",
    "source_proxy": "BOOTH_SYNC_PROXY를 확인하세요.",
    "source_http_401": "BOOTH_SYNC_API_TOKEN을 확인하세요.",
    "source_http_403": "BOOTH_SYNC_API_TOKEN을 확인하세요.",
    "source_http_404": "BOOTH_SYNC_API_URL을 확인하세요.",
}
"""The step for an error of that code; of any other it is that of the check."""
UNSCHEDULED = "설정 안 됨. Kubernetes 밖에서는 예약 실행이 없습니다."
FEED_STEP = "BOOTH_SYNC_API_URL이 D-Order의 부스 목록 주소인지 확인하세요."
MAX_SECONDS = 5.0
"""A schedule and a token tolerate this much, and a person does not notice it."""


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


class Check(Struct, frozen=True, kw_only=True):
    """One thing to examine.

    ``run`` gets what ``load`` takes from the settings. It yields what it finds, and raises
    BoothSyncError where the thing cannot be used at all; ``next_step`` is for errors that do not
    name one. ``needs`` is the check without which this one cannot run.
    """

    name: str
    run: Callable[[Any], Iterator[Finding]]
    load: Callable[[], Any] = lambda: None
    needs: str = ""
    next_step: str = ""


def examine() -> Iterator[Finding]:
    """Yield a finding for each thing, as soon as it is known. Raises nothing expected.

    What fails hides nothing but the checks that need it, and those say so.
    """
    unusable: set[str] = set()
    for each in CHECKS:
        if each.needs in unusable:
            message = f"위의 {each.needs} 문제 때문에 확인하지 못했습니다."
            yield _warn(each.name, message, f"위의 {each.needs}부터 해결하세요.")
            continue
        try:
            options = each.load()
        except ConfigError as error:
            if error.code == "no_cronjob" and not get_pod_name():  # outside Kubernetes as usual
                if not each.needs:
                    yield _approve(each.name, UNSCHEDULED)
                continue
            unusable.add(each.name)
            message = f"설정이 잘못되어 확인하지 못했습니다: {error.message}"
            yield _warn(each.name, error.message if error.code == "no_cronjob" else message)
            continue
        try:
            yield from each.run(options)
        except BoothSyncError as error:
            unusable.add(each.name)
            step = STEPS.get(error.code, each.next_step)
            told = "" if step and step in error.message else step
            yield _fail(each.name, f"{error.message} [{error.code}]", told)


def _check_settings(_: None) -> Iterator[Finding]:
    problems = list(find_problems())
    for problem in problems:
        judge = _warn if problem.level == "warning" else _fail
        next_step = problem.hint or "docs/configuration.md를 참고하세요."
        yield judge(SETTINGS, f"[{problem.id}] {problem.message}", next_step)
    if not problems:
        yield _approve(SETTINGS, "잘못된 설정이 없습니다.")


def _check_database(_: None) -> Iterator[Finding]:
    require_migrations()
    require_unicode()
    kind = connection.display_name
    yield _approve(DATABASE, f"{kind}에 연결되었고 마이그레이션이 모두 적용되어 있습니다.")


def _check_upstream(options: SourceOptions) -> Iterator[Finding]:
    """Ask D-Order once, and plan as if nothing were stored: would a sync accept the answer?"""
    try:
        wanted = settle(parse(fetch(replace(options, max_attempts=1)).body))
    except FeedError as error:
        refusal = error.found_at(options.public_url)
        told = [problem.describe() for problem in error.problems[: texts.REFUSED_FOR]]
        message = " ".join([f"{refusal.message} [{refusal.code}]", *told])
        yield _fail(UPSTREAM, message, FEED_STEP)
        return
    counts = make_plan(wanted, StoredState(booths={}, menus={}), now=timezone.now()).counts
    rejected = counts.booths.rejected + counts.menus.rejected
    message = (
        f"올바른 부스 목록입니다: 부스 {counts.booths.created}개, 메뉴 {counts.menus.created}개."
    )
    if not counts.booths.created and not rejected:
        next_step = "축제 전이나 뒤가 아니라면 BOOTH_SYNC_API_URL을 확인하세요."
        yield _warn(UPSTREAM, "올바른 응답이지만 부스가 하나도 없습니다.", next_step)
    elif rejected:
        next_step = "'booth_sync sync --dry-run'으로 경로와 이유를 보고 D-Order에 알리세요."
        yield _warn(UPSTREAM, f"{message} 잘못된 항목이 {rejected}개 있습니다.", next_step)
    else:
        yield _approve(UPSTREAM, message)


def _check_gateway(options: PushOptions) -> Iterator[Finding]:
    if not options.url:
        next_step = "알림이 필요하면 BOOTH_SYNC_PUSHGATEWAY_URL을 넣으세요."
        yield _warn(GATEWAY, "설정되지 않아 지표를 보내지 않습니다.", next_step)
        return
    try:
        check(options)
    except OSError as error:
        yield _fail(GATEWAY, str(error))
    else:
        yield _approve(GATEWAY, "준비되어 있습니다.")


def _check_cronjobs(options: ControlOptions) -> Iterator[Finding]:
    """Say how each CronJob is. Raises ControlError where the API server tells nothing at all."""
    reading = control.read(options)
    if not reading.cronjobs and all(each.reason not in TELLING for each in reading.failures):
        raise reading.failures[0]
    for message in dict.fromkeys(failure.message for failure in reading.failures):
        yield _fail(CRONJOB, message)
    for cronjob in reading.cronjobs:
        message = (
            f"네임스페이스 '{cronjob.namespace}'에 '{cronjob.name}' CronJob이 있습니다: "
            f"{cronjob.schedule}."
        )
        if cronjob.suspended:
            next_step = "켜려면 'booth_sync start'를 실행하세요."
            yield _warn(CRONJOB, f"{message} 꺼져 있습니다.", next_step)
        else:
            yield _approve(CRONJOB, message)


def _check_rights(options: ControlOptions) -> Iterator[Finding]:
    """Say what this account may do, and how far our clock is from that of the API server."""
    rights, seconds = control.review_rights(options, verbs=(*NEEDED, *EXCESSIVE))
    for name in options.cronjobs:
        allowed = {right.verb for right in rights if right.name == name and right.allowed}
        missing = ", ".join(verb for verb in NEEDED if verb not in allowed)
        excessive = ", ".join(verb for verb in EXCESSIVE if verb in allowed)
        if missing:
            next_step = "Role에 cronjobs의 get과 patch를 주고 이 계정에 연결하세요."
            yield _fail(RIGHTS, f"'{name}'에 대한 권한이 없습니다: {missing}.", next_step)
        elif excessive:
            message = f"'{name}'에 대해 필요 없는 권한이 있습니다: {excessive}."
            yield _warn(RIGHTS, message, "operator ServiceAccount로 실행하세요.")
        else:
            yield _approve(RIGHTS, f"'{name}' CronJob을 읽고 켜고 끌 수 있습니다.")
    if seconds is not None:
        yield judge_clock("Kubernetes API", seconds=seconds)


def judge_clock(whose: str, *, seconds: float) -> Finding:
    """Judge the seconds by which another clock is ahead of ours."""
    message = f"이 컴퓨터의 시계가 {whose}의 시계와 {abs(seconds):.1f}초 다릅니다."
    if abs(seconds) <= MAX_SECONDS:
        return _approve(CLOCK, message)
    return _warn(CLOCK, message, "두 컴퓨터의 시간 동기화(NTP)를 확인하세요.")


def _approve(name: str, message: str) -> Finding:
    return Finding(name=name, level=Level.OK, message=message)


def _warn(name: str, message: str, next_step: str = "") -> Finding:
    return Finding(name=name, level=Level.WARNING, message=message, next_step=next_step)


def _fail(name: str, message: str, next_step: str = "") -> Finding:
    return Finding(name=name, level=Level.FAILURE, message=message, next_step=next_step)


CHECKS = (
    Check(name=SETTINGS, run=_check_settings),
    Check(
        name=DATABASE, run=_check_database, next_step="DATABASE_URL과 데이터베이스를 확인하세요."
    ),
    Check(
        name=UPSTREAM,
        run=_check_upstream,
        load=load_source_options,
        next_step=UPSTREAM_STEP,
    ),
    Check(name=GATEWAY, run=_check_gateway, load=load_push_options),
    Check(name=CRONJOB, run=_check_cronjobs, load=load_control_options),
    Check(name=RIGHTS, run=_check_rights, load=load_control_options, needs=CRONJOB),
)
