"""A refused list tells what is wrong with it and which address sent it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from booth.config.options import RunRequest, SourceOptions
from booth.errors import Problem
from booth.models import Booth, SyncRun
from booth.names import clean_name
from booth.sync.run import run_once
from sample_upstream import SampleUpstream
from tests.conftest import make_feed
from tests.faults.in_process import OPTIONS, RunFeed, make_runner

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

Captured = Callable[[str], bytes]
AD = "부스 광고페이지용 정보 조회 성공"
"""What D-Order's sister endpoint says with its list."""


@pytest.fixture
def run_feed(tmp_path: Path) -> RunFeed:
    return make_runner(tmp_path)


def without_menus(feed: bytes) -> list[dict[str, Any]]:
    items = json.loads(feed)["data"]["boothDetails"]
    return [{key: value for key, value in item.items() if key != "Menus"} for item in items]


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_refused_list_tells_what_is_wrong_and_where_it_came_from(
    upstream: SampleUpstream, captured: Captured, caplog: pytest.LogCaptureFixture, dry_run: bool
) -> None:
    caplog.set_level(logging.INFO, logger="booth")
    upstream.set_body(make_feed(without_menus(captured("d-order")), message=AD))
    secret = upstream.url.replace("://", "://me:password@") + "?key=hidden"
    options = replace(OPTIONS, source=SourceOptions(url=secret))
    report = run_once(RunRequest(dry_run=dry_run), options)
    assert report.error is not None
    assert (report.error.code, report.exit_code) == ("feed_rejected", 65)
    assert report.error.message == (
        "부스 13개 모두에 Menus 목록이 없어 아무것도 바꾸지 않았습니다. D-Order 부스 목록의 응답이 "
        f"맞는지 확인하세요. (받은 주소: {upstream.url})"
    )
    names = [clean_name(item["boothName"]) for item in without_menus(captured("d-order"))]
    told = [
        {
            "kind": "rejected",
            "path": f"data.boothDetails[{place}].Menus",
            "reason": "값이 없습니다.",
            "name": name,
        }
        for place, name in enumerate(names)
    ]
    assert [problem._asdict() for problem in report.problems] == told
    assert "호출 성공" not in caplog.text
    assert f"받은 주소: {upstream.url}" in caplog.text
    assert not {"password", "hidden"} & set(caplog.text.split())
    if not dry_run:
        row = SyncRun.objects.get()
        assert (row.problems, row.error_message) == (told, report.error.message)
    assert Booth.objects.count() == 0


def test_an_empty_list_of_another_endpoint_is_no_success(run_feed: RunFeed) -> None:
    for message in (AD, None, "", 200):
        report = run_feed(make_feed([], message=message))
        assert (report.status, report.exit_code) == ("failed", 65)
        assert report.error is not None
        assert report.error.code == "feed_envelope"
        assert run_feed(make_feed([], message=message), allow_shrink=True).exit_code == 65
    assert run_feed(b'{"statusCode":200,"data":{"boothDetails":[]}}').exit_code == 65
    assert run_feed(make_feed([])).status == "succeeded"


def test_a_shrunk_list_names_the_booths_that_it_lacks(
    run_feed: RunFeed, captured: Captured
) -> None:
    run_feed(captured("d-order"))
    items = json.loads(captured("d-order"))["data"]["boothDetails"]
    for feed, lacking in ((make_feed([]), 12), (make_feed(items[:3]), 9)):
        report = run_feed(feed)
        assert [p.kind for p in report.problems].count("missing") == lacking
        told = Problem("missing", "data.boothDetails", "부스가 목록에 없습니다.", name="푸름누리")
        assert told in report.problems
        kept = SyncRun.objects.latest("pk").problems
        assert [problem["kind"] for problem in kept] == ["missing"] * lacking
