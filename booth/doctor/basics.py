"""Examines the settings, the database, D-Order and the Pushgateway."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.utils import timezone
from msgspec.structs import replace

from booth.config import load_options
from booth.database import require_migrations
from booth.doctor.findings import Finding, approve, fail, report, warn
from booth.errors import BoothSyncError, ConfigError
from booth.feed import parse
from booth.metrics import check
from booth.plan import Plan, StoredState, make_plan
from booth.problems import find_problems
from booth.source import fetch

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
