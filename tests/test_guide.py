"""The last line of an error on a terminal."""

from django.test import override_settings

from booth.cli.guide import point_to_runbook
from booth.errors import StoreError, SyncInProgress


def test_an_error_ends_in_the_address_of_its_part_of_the_runbook() -> None:
    with override_settings(BOOTH_SYNC_RUNBOOK_URL="https://wiki.example/runbook"):
        shown = list(point_to_runbook(StoreError("저장하지 못했습니다.")))
        assert shown == ["자세히: https://wiki.example/runbook#데이터베이스"]
        assert list(point_to_runbook(SyncInProgress(lease=120.0))) == []


def test_a_site_without_a_runbook_adds_no_line() -> None:
    assert list(point_to_runbook(StoreError("저장하지 못했습니다."))) == []
