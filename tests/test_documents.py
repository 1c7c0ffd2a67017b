"""What a run came to, as a value and as JSON."""

import json
from typing import Any

import pytest

from booth.changes import MAX_CHANGES, list_changes
from booth.documents import describe_report
from booth.errors import (
    ConfigError,
    FeedError,
    Problem,
    SourceError,
    SyncInProgress,
    UnsafePlan,
)
from booth.sync.plan import Counts
from booth.sync.report import RunReport
from tests.test_plan import booth, menu, plan, store

COUNTS = {"created", "updated", "unchanged", "missing", "rejected", "duplicate", "conflict"}
STORED = store(
    booth("가", 10, 4, [menu("파전", 5, 1), menu("콜라", 2), menu("두부", 1)]),
    booth("나", 3, 3),
    booth("라", 1, 1),
)
ITEMS: list[Any] = [
    booth("나", 3, 2),
    booth("가", 10, 4, [menu("파전", 4, 1), menu("콜라", 2), menu("라면", 0)]),
    booth("다", 0, 0),
    booth("다", -1),
]
REPORT = RunReport(
    run=7,
    status="partial",
    trigger="cli",
    plan=plan(ITEMS, STORED),
    stages={"fetch": 0.123456, "parse": 0.00001},
    duration=1.23456,
    feed_bytes=100,
)


def test_the_document_of_a_run_holds_counts_problems_and_times() -> None:
    document = json.loads(json.dumps(describe_report(REPORT)))
    assert set(document["counts"]) == {"booths", "menus"}
    assert all(set(counts) == COUNTS for counts in document["counts"].values())
    assert document["counts"]["booths"]["updated"] == 1
    assert document["problems"][0]["path"] == "data.boothDetails[3].boothAllTable"
    assert document["problems"][0]["kind"] == "rejected"
    assert document["stages"] == {"fetch": 0.1235, "parse": 0.0}
    assert (document["run"], document["status"], document["trigger"]) == (7, "partial", "cli")
    assert (document["duration"], document["error"]) == (1.2346, None)
    assert not {"changes", "more_changes"} & set(document)


def test_a_dry_run_lists_every_row_that_would_change_with_old_and_new() -> None:
    rehearsal = RunReport(run=None, status="partial", trigger="cli", dry_run=True, plan=REPORT.plan)
    document = json.loads(json.dumps(describe_report(rehearsal)))
    assert [(c["kind"], c["booth"], c["menu"], c["fields"]) for c in document["changes"]] == [
        ("miss", "가", "두부", {}),
        ("create", "가", "라면", {"ingredient": [None, 0]}),
        ("update", "가", "파전", {"ingredient": [5, 4]}),
        ("update", "나", None, {"usage_table": [3, 2], "can_usage": [False, True]}),
        (
            "create",
            "다",
            None,
            {"all_table": [None, 0], "usage_table": [None, 0], "can_usage": [None, False]},
        ),
        ("miss", "라", None, {}),
    ]


def test_a_booth_is_listed_before_its_menus() -> None:
    changes = list_changes(
        plan([booth("나", menus=[menu("파전")]), booth("가", menus=[menu("콜라")])])
    )
    listed = [(change["booth"], change["menu"]) for change in changes]
    assert listed == [("가", None), ("가", "콜라"), ("나", None), ("나", "파전")]


def test_a_dry_run_that_failed_changes_nothing() -> None:
    error = FeedError("아닙니다.", code="feed_malformed")
    report = RunReport(run=None, status="failed", trigger="cli", dry_run=True, error=error)
    document = describe_report(report)
    assert (document["changes"], document["more_changes"]) == ([], 0)
    assert document["error"] == {"code": "feed_malformed", "message": "아닙니다."}
    assert document["counts"]["menus"] == dict.fromkeys(COUNTS, 0)


def test_a_document_is_bounded_and_counts_what_it_leaves_out() -> None:
    made = plan([booth("가", 2, 1, [menu(f"메뉴{i:04}") for i in range(1200)])] * 150)
    report = RunReport(run=None, status="succeeded", trigger="cli", dry_run=True, plan=made)
    document = describe_report(report)
    assert (len(document["problems"]), document["more_problems"]) == (100, 49)
    assert (len(document["changes"]), document["more_changes"]) == (MAX_CHANGES, 201)
    assert document["counts"]["booths"]["duplicate"] == 149


def test_a_refused_run_lists_its_problems() -> None:
    problems = (Problem("rejected", "data.boothDetails[0].Menus", "값이 없습니다."),)
    error = UnsafePlan("", code="feed_rejected", problems=problems, more_problems=3)
    document = describe_report(RunReport(run=1, status="failed", trigger="cli", error=error))
    assert document["problems"] == [problems[0]._asdict()]
    assert document["more_problems"] == 3


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (None, 0),
        (SyncInProgress(lease=120.0), 0),
        (FeedError("", code="x"), 65),
        (SourceError("", code="x"), 69),
        (ConfigError(""), 78),
    ],
)
def test_the_exit_code_is_that_of_the_error(error: Any, code: int) -> None:
    assert RunReport(run=1, status="x", trigger="cli", error=error).exit_code == code


def test_a_run_without_a_plan_counts_nothing() -> None:
    report = RunReport(run=1, status="failed", trigger="cli")
    assert (report.counts, report.problems) == (Counts(), ())
