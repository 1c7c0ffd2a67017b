"""How the console writes instants, spans and the strip of runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from booth.models import SyncRun
from booth.web.console.strip import HEIGHT, LEAST, RUNS, make_strip
from booth.web.console.times import show_age, show_instant, show_span, show_wait


def test_an_instant_has_its_day_and_the_time_of_korea() -> None:
    assert show_instant(datetime(2026, 11, 25, 11, 31, 5, tzinfo=UTC)) == "11-25 (수) 20:31:05"
    assert show_instant(datetime(2026, 11, 28, 15, 0, tzinfo=UTC)) == "11-29 (일) 00:00:00"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        *((-5, "0초"), (0, "0초"), (59.9, "59초"), (60, "1분"), (3599, "59분"), (3600, "1시간")),
        *((3720, "1시간 2분"), (86_400, "1일"), (90_000, "1일 1시간"), (8_640_000, "100일")),
    ],
)
def test_a_span_has_the_two_units_that_matter(seconds: float, shown: str) -> None:
    assert show_span(timedelta(seconds=seconds)) == shown


def test_ages_and_waits_change_once_a_minute() -> None:
    assert show_age(timedelta(seconds=59)) == "방금"
    assert show_age(timedelta(seconds=61)) == show_age(timedelta(seconds=119)) == "1분 전"
    assert show_wait(timedelta(seconds=-3)) == show_wait(timedelta(seconds=59)) == "곧"
    assert show_wait(timedelta(minutes=4, seconds=59)) == "4분 뒤"


def make_run(seconds: float | None, status: str = "succeeded") -> SyncRun:
    began = datetime(2026, 11, 25, tzinfo=UTC)
    ended = None if seconds is None else began + timedelta(seconds=seconds)
    return SyncRun(status=status, started_at=began, finished_at=ended)


def test_the_newest_run_stands_at_the_right_and_the_longest_is_the_tallest() -> None:
    strip = make_strip([make_run(1.0), make_run(4.0, "failed"), make_run(None, "running")])
    assert [bar.run.status for bar in strip.bars] == ["running", "failed", "succeeded"]
    assert [bar.height for bar in strip.bars] == [LEAST, HEIGHT, LEAST + (HEIGHT - LEAST) // 4]
    assert all(bar.y + bar.height == HEIGHT for bar in strip.bars)
    assert strip.longest == 4.0
    assert strip.summary == "성공 1 · 실패 1 · 실행 중 1"
    assert strip.bars[-1].x + 12 == strip.width


def test_there_are_never_more_bars_than_fit() -> None:
    assert len(make_strip([make_run(0.0)] * 40).bars) == RUNS
    assert make_strip([]).bars == ()
