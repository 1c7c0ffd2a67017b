"""What every door calls: reasons are cleaned, settings are loaded, errors are BoothSyncErrors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from booth import operations
from booth.config import masking
from booth.config.options import RunRequest
from booth.doctor import Finding, Level
from booth.documents import describe_findings, describe_run, describe_switch
from booth.errors import ConfigError, UsageError
from booth.models import SyncRun
from booth.operations import MAX_REASON, Switched, clean_reason
from tests.conftest import FEEDS
from tests.test_timetable import make_cronjob

FILE = str(FEEDS / "d-order.json")


@pytest.fixture
def secret(settings: Any) -> Any:
    """A token that must appear nowhere."""
    masking.find_redactor.cache_clear()
    settings.BOOTH_SYNC_API_TOKEN = "token-canary"
    yield settings.BOOTH_SYNC_API_TOKEN
    masking.find_redactor.cache_clear()


@pytest.mark.parametrize(
    ("given", "kept"),
    [("", ""), ("  무대\n\t 점검  ", "무대 점검"), ("가" * MAX_REASON, "가" * MAX_REASON)],
)
def test_a_reason_becomes_one_line(given: str, kept: str) -> None:
    assert clean_reason(given) == kept


@pytest.mark.parametrize("given", ["가" * (MAX_REASON + 1), "a\033[31mb", "a\u202eb", "a\x00b"])
def test_a_reason_that_no_line_should_hold_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match=str(MAX_REASON)) as caught:
        clean_reason(given)
    assert (caught.value.code, caught.value.exit_code) == ("reason", 64)


def test_a_reason_holds_no_secret(secret: str) -> None:
    assert clean_reason(f"토큰 {secret} 교체") == "토큰 *** 교체"


@pytest.mark.parametrize("act", [operations.start, operations.stop])
def test_a_switch_refuses_settings_before_reasons_reach_anybody(settings: Any, act: Any) -> None:
    settings.BOOTH_SYNC_CRONJOBS = ()
    with pytest.raises(ConfigError) as caught:
        act(by="me")
    assert caught.value.code == "no_cronjob"
    settings.BOOTH_SYNC_CRONJOBS = ("booth-sync",)
    with pytest.raises(UsageError):
        act(by="me", reason="x" * 201)


def test_wrong_settings_are_the_report_of_a_run_that_never_began(settings: Any) -> None:
    settings.BOOTH_SYNC_API_URL = ""
    report = operations.sync_now(RunRequest(trigger="api"))
    assert (report.run, report.status, report.trigger) == (None, "failed", "api")
    assert (report.exit_code, report.stages) == (78, {})


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_runs_are_listed_newest_first_and_read_by_their_number() -> None:
    request = RunRequest(trigger="console", requested_by="minji", from_file=FILE)
    first, second = operations.sync_now(request), operations.sync_now(request)
    assert [run.pk for run in operations.list_runs(limit=5)] == [second.run, first.run]
    assert [run.pk for run in operations.list_runs(limit=1)] == [second.run]
    assert first.run is not None
    run = operations.read_run(first.run)
    assert run is not None
    assert (run.trigger, run.requested_by) == ("console", "minji")
    assert operations.read_run(first.run + 10) is None
    status = operations.read_status()
    assert status.last_success is not None
    assert status.last_success.pk == second.run


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_the_document_of_a_run_is_that_of_its_row() -> None:
    operations.sync_now(RunRequest(from_file=FILE))
    operations.sync_now(RunRequest(from_file="/nowhere"))
    failed, succeeded = map(describe_run, SyncRun.objects.order_by("-pk"))
    assert (succeeded["status"], succeeded["error"]) == ("succeeded", None)
    assert succeeded["counts"]["booths"]["created"] == 12
    assert failed["error"] is not None
    assert failed["error"]["code"] == "source_file"
    assert list(failed) == list(succeeded)


def test_the_document_of_a_switch_tells_what_holds_and_what_goes_on() -> None:
    switched = Switched(
        suspended=True,
        changed=("booth-sync",),
        cronjobs=(make_cronjob(),),
        next_run=datetime(2026, 11, 25, 12, tzinfo=UTC),
        jobs=("booth-sync-1",),
        run=7,
    )
    assert describe_switch(switched) == {
        "is_running": False,
        "changed": ["booth-sync"],
        "next_run": "2026-11-25T21:00:00+09:00",
        "active": ["booth-sync-1"],
        "run": 7,
    }


@pytest.mark.parametrize(
    ("level", "is_well"), [("ok", True), ("warning", True), ("failure", False)]
)
def test_only_a_failure_makes_findings_bad(level: str, is_well: bool) -> None:
    finding = Finding(name="이름", level=Level(level), message="문장.", next_step="다음.")
    assert describe_findings([finding]) == {
        "ok": is_well,
        "checks": [{"name": "이름", "level": level, "message": "문장.", "next_step": "다음."}],
    }
