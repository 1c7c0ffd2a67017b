"""Alerts on their way to people: Alertmanagers by day, by night and in a festival's night."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
import requests

from tests.cluster.waiting import wait_for

from .evening import Evening
from .examples import ALERTMANAGER
from .expressions import list_rules
from .versions import find

ALERTS = [rule["alert"] for rule in list_rules() if "alert" in rule]


def run_amtool(*arguments: str | Path) -> tuple[int, str]:
    ended = subprocess.run(
        [find("amtool"), *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_the_example_is_a_configuration() -> None:
    status, told = run_amtool("check-config", ALERTMANAGER)
    assert status == 0, told


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_of_ours_goes_to_our_people(alert: str) -> None:
    test = ("config", "routes", "test", f"--config.file={ALERTMANAGER}")
    verify = "--verify.receivers=booth-sync,booth-sync"  # one for each kind of time
    status, told = run_amtool(*test, verify, f"alertname={alert}", "namespace=festival")
    assert status == 0, told


def test_alerts_of_others_do_not() -> None:
    test = ("config", "routes", "test", f"--config.file={ALERTMANAGER}")
    assert run_amtool(*test, "alertname=KubePodCrashLooping") == (0, "others\n")
    assert run_amtool(*test, "--verify.receivers=booth-sync", "alertname=Other")[0] == 1


@pytest.mark.parametrize("time_of_day", ["day", "festival-night"])
def test_people_are_told_of_stale_data(evening: Evening, time_of_day: str) -> None:
    path = f"/{time_of_day}"
    wait_for(lambda: "BoothSyncStale" in evening.chat.list_alerts(path))
    told = [message for where, message in evening.chat.told if where == path]
    groups = {(tuple(each["groupLabels"].items()), each["groupKey"]) for each in told}
    assert len(groups) == len({labels for labels, _ in groups})  # one of the two routes sends
    [alert] = {
        alert["annotations"]["summary"]
        for message in told
        for alert in message["alerts"]
        if alert["labels"]["alertname"] == "BoothSyncStale"
    }
    assert alert.startswith("부스 데이터가 오래됐습니다")


def test_nobody_is_told_at_night_outside_the_festival(evening: Evening) -> None:
    wait_for(lambda: "BoothSyncStoppedTooLong" in evening.chat.list_alerts("/day"))
    time.sleep(3)  # what would come comes within two seconds
    assert evening.chat.list_alerts("/night") == set()
    held = requests.get(f"http://{evening.alertmanagers['night']}/api/v2/alerts", timeout=10).json()
    assert "BoothSyncStoppedTooLong" in {each["labels"]["alertname"] for each in held}
