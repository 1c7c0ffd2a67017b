"""Examines the settings, the database, D-Order and the Pushgateway."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.utils import timezone
from msgspec.structs import replace

from booth.config import load_options
from booth.database import require_migrations
from booth.doctor.findings import Finding, Level, make_failure
from booth.errors import BoothSyncError, ConfigError
from booth.feed import parse
from booth.metrics import check
from booth.plan import Plan, StoredState, make_plan
from booth.problems import find_problems
from booth.source import fetch

NOT_CHECKED = "설정이 없거나 잘못되어 확인하지 못했습니다."


def examine_settings() -> Iterator[Finding]:
    """Yield each problem of the settings."""
    problems = list(find_problems())
    for problem in problems:
        level = Level.WARNING if problem.level == "warning" else Level.FAILURE
        yield Finding(
            name="설정",
            level=level,
            message=f"[{problem.id}] {problem.message}",
            next_step=problem.hint or "docs/configuration.md를 참고하세요.",
        )
    if not problems:
        yield Finding(name="설정", level=Level.OK, message="잘못된 설정이 없습니다.")


def examine_database() -> Finding:
    """Say whether the database answers and has its migrations."""
    try:
        require_migrations()
    except BoothSyncError as error:
        return make_failure(
            "데이터베이스", error, next_step="DATABASE_URL과 데이터베이스를 확인하세요."
        )
    message = f"{connection.display_name}에 연결되고 마이그레이션이 모두 적용되어 있습니다."
    return Finding(name="데이터베이스", level=Level.OK, message=message)


def examine_upstream() -> Finding:
    """Say whether D-Order answers, once asked, with a booth list that a sync would accept."""
    name = "D-Order"
    try:
        source = load_options(for_http=True).source
    except ConfigError:
        return Finding(name=name, level=Level.WARNING, message=NOT_CHECKED)
    try:
        feed = parse(fetch(replace(source, max_attempts=1)).body)
        plan = make_plan(feed, StoredState(booths={}, menus={}), now=timezone.now())
    except BoothSyncError as error:
        return make_failure(name, error, next_step="docs/runbook.md의 'API calls fail'을 따르세요.")
    return _judge_feed(plan)


def _judge_feed(plan: Plan) -> Finding:
    booths, menus = plan.counts.booths, plan.counts.menus
    rejected = booths.rejected + menus.rejected
    if not booths.created and not rejected:
        return Finding(
            name="D-Order",
            level=Level.WARNING,
            message="올바른 응답이지만 부스가 하나도 없습니다.",
            next_step="축제 전이나 뒤가 아니라면 BOOTH_SYNC_API_URL을 확인하세요.",
        )
    message = f"올바른 부스 목록입니다: 부스 {booths.created}개, 메뉴 {menus.created}개."
    if not rejected:
        return Finding(name="D-Order", level=Level.OK, message=message)
    return Finding(
        name="D-Order",
        level=Level.WARNING,
        message=f"{message} 잘못된 항목이 {rejected}개 있습니다.",
        next_step="'booth_sync sync --dry-run'으로 경로와 이유를 보고 D-Order에 알리세요.",
    )


def examine_gateway() -> Finding:
    """Say whether the Pushgateway is ready."""
    name = "Pushgateway"
    try:
        push = load_options(for_http=False).push
    except ConfigError:
        return Finding(name=name, level=Level.WARNING, message=NOT_CHECKED)
    if not push.url:
        return Finding(
            name=name,
            level=Level.WARNING,
            message="설정되지 않아 지표를 보내지 않습니다.",
            next_step="알림이 필요하면 BOOTH_SYNC_PUSHGATEWAY_URL을 넣으세요.",
        )
    try:
        check(push)
    except OSError as error:
        return Finding(
            name=name,
            level=Level.FAILURE,
            message=f"응답하지 않거나 준비되지 않았습니다 ({error}).",
            next_step="BOOTH_SYNC_PUSHGATEWAY_URL과 사용자 이름, 암호를 확인하세요.",
        )
    return Finding(name=name, level=Level.OK, message="준비되어 있습니다.")
