"""The doctor examines all that one wrong setting leaves, and judges a clock."""

import pytest
from pytest_django.fixtures import Settings

from booth.doctor import MAX_SECONDS, Level, examine, judge_clock
from sample_upstream import SampleUpstream
from tests.conftest import make_feed


@pytest.mark.django_db
def test_an_empty_instance_hides_only_the_gateway(
    settings: Settings, upstream: SampleUpstream
) -> None:
    settings.BOOTH_SYNC_API_URL = upstream.url
    settings.BOOTH_SYNC_CRONJOBS = []
    settings.BOOTH_SYNC_INSTANCE = ""
    found = {finding.name: finding for finding in examine()}
    assert found["설정"].level is Level.FAILURE
    assert (found["데이터베이스"].level, found["D-Order"].level) == (Level.OK, Level.OK)
    assert found["Pushgateway"].level is Level.WARNING
    assert "BOOTH_SYNC_INSTANCE" in found["Pushgateway"].message
    assert "BOOTH_SYNC_INSTANCE" not in found["CronJob"].message


@pytest.mark.django_db
def test_a_refused_list_is_a_failure_that_names_its_items_and_its_address(
    settings: Settings, upstream: SampleUpstream
) -> None:
    settings.BOOTH_SYNC_API_URL = upstream.fault_url("wrong-endpoint") + "?key=hidden"
    [found] = [finding for finding in examine() if finding.name == "D-Order"]
    assert found.level is Level.FAILURE
    assert f"(받은 주소: {upstream.fault_url('wrong-endpoint')}) [feed_rejected]" in found.message
    assert found.message.count("값이 없습니다.") == 3
    assert "값이 없습니다. (data.boothDetails[2].Menus)" in found.message
    assert "hidden" not in found.message
    assert found.next_step


@pytest.mark.django_db
def test_an_empty_list_is_a_warning_and_that_of_another_endpoint_a_failure(
    settings: Settings, upstream: SampleUpstream
) -> None:
    settings.BOOTH_SYNC_API_URL = upstream.url
    for message, level in ((None, Level.FAILURE), ("부스 검색 성공", Level.WARNING)):
        upstream.set_body(make_feed([], message=message))
        [found] = [finding for finding in examine() if finding.name == "D-Order"]
        assert found.level is level


@pytest.mark.parametrize("seconds", [0.0, 0.3, -MAX_SECONDS, MAX_SECONDS])
def test_a_small_difference_is_well(seconds: float) -> None:
    assert judge_clock("Kubernetes API", seconds=seconds).level is Level.OK


@pytest.mark.parametrize("seconds", [-61.0, 61.0])
def test_a_large_difference_is_a_warning_in_either_direction(seconds: float) -> None:
    finding = judge_clock("Kubernetes API", seconds=seconds)
    assert finding.level is Level.WARNING
    assert "Kubernetes API의 시계와 61.0초 다릅니다." in finding.message
    assert "NTP" in finding.next_step
