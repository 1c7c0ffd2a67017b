"""Two clocks may differ a little; more is a warning that says by how much."""

import pytest

from booth.doctor import MAX_SECONDS, Level, judge_clock


@pytest.mark.parametrize("seconds", [0.0, 0.3, -MAX_SECONDS, MAX_SECONDS])
def test_a_small_difference_is_well(seconds: float) -> None:
    assert judge_clock("데이터베이스", seconds=seconds).level is Level.OK


@pytest.mark.parametrize("seconds", [-61.0, 61.0])
def test_a_large_difference_is_a_warning_in_either_direction(seconds: float) -> None:
    finding = judge_clock("데이터베이스", seconds=seconds)
    assert finding.level is Level.WARNING
    assert "데이터베이스의 시계와 61.0초 다릅니다." in finding.message
    assert "NTP" in finding.next_step
