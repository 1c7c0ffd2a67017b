"""The predecessor's four functions."""

from __future__ import annotations

import logging

import pytest
from pytest_django.fixtures import Settings

from booth import dorders
from booth.models import Booth, SyncRun
from sample_upstream import SampleUpstream

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

FIVE_KEYS = ("is_running", "sync_interval", "api_url", "thread_alive", "last_update")


def test_it_offers_the_predecessors_names_and_no_others() -> None:
    assert sorted(dorders.__all__) == [
        "get_sync_status",
        "start_booth_sync",
        "stop_booth_sync",
        "sync_booth_data_once",
    ]


def test_a_sync_returns_true_and_stores_the_booths(
    upstream: SampleUpstream, settings: Settings
) -> None:
    settings.BOOTH_SYNC_API_URL = upstream.url
    assert dorders.sync_booth_data_once() is True
    assert Booth.objects.count() == 15
    assert SyncRun.objects.get().trigger == "api"


def test_an_expected_error_becomes_false_and_a_log_line(
    upstream: SampleUpstream, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.BOOTH_SYNC_API_URL = upstream.fault_url("status-404")
    with caplog.at_level(logging.ERROR, logger="booth.dorders"):
        assert dorders.sync_booth_data_once() is False
    assert [r.levelname for r in caplog.records if r.name == "booth.dorders"] == ["ERROR"]
    assert SyncRun.objects.get().error_code == "source_http_404"


def test_a_missing_url_becomes_false() -> None:
    assert dorders.sync_booth_data_once() is False
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize("switch", [dorders.start_booth_sync, dorders.stop_booth_sync])
def test_without_a_cronjob_the_switches_return_false(switch: object) -> None:
    assert callable(switch)
    assert switch() is False


def test_the_status_has_the_five_keys_and_never_claims_now(
    upstream: SampleUpstream, settings: Settings
) -> None:
    settings.BOOTH_SYNC_API_URL = upstream.fault_url("status-500") + "?token=canary"
    before = dorders.get_sync_status()
    assert set(FIVE_KEYS) <= set(before)
    assert before["last_update"] is None
    assert before["thread_alive"] is False
    assert before["is_running"] is None
    assert "canary" not in before["api_url"]

    settings.BOOTH_SYNC_API_URL = upstream.url
    assert dorders.sync_booth_data_once() is True
    run = SyncRun.objects.get()
    assert run.finished_at is not None
    after = dorders.get_sync_status()
    assert after["last_update"].startswith(f"{run.finished_at.astimezone():%Y}")
    assert after["last_run"]["run"] == run.pk
    assert after["rows"] == {"booths": 15, "missing_booths": 0, "menus": 149, "missing_menus": 0}
