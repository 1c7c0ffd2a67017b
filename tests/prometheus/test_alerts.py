"""Each alert fires when it should, and in no other night; judged by both promtools."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.helm import Helm
from tests.conftest import ROOT

from .cases import CASES
from .expressions import RULES, list_rules
from .nights import make_night
from .timelines import Judge, Timeline
from .versions import VERSIONS, find

FRESH, LATE, RUNNING, STOPPED, UNKNOWN = 1.0, 2.0, 3.0, 4.0, 0.0
BOTH = pytest.mark.parametrize("version", VERSIONS)


@BOTH
def test_the_rules_are_rules(version: str) -> None:
    ended = subprocess.run(
        [find("promtool", version=version), "check", "rules", "--lint-fatal", str(RULES)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@BOTH
@pytest.mark.parametrize("name", CASES)
def test_exactly_what_should_fires(name: str, version: str, tmp_path: Path) -> None:
    timeline, expected = CASES[name]
    assert make_judge(version, tmp_path).find_wrong(timeline, expected) == ""


STATES: dict[str, tuple[Timeline, dict[int, tuple[float, float]]]] = {
    "a night like any other": (make_night(), {0: (FRESH, RUNNING), 200: (FRESH, RUNNING)}),
    "runs fail": (
        make_night(good=((0, 30),)),
        {40: (FRESH, RUNNING), 41: (LATE, RUNNING), 200: (LATE, RUNNING)},
    ),
    "a stop hides nothing of the data": (
        make_night(stopped=(30, 60)),
        {29: (FRESH, RUNNING), 31: (FRESH, STOPPED), 45: (LATE, STOPPED), 61: (FRESH, RUNNING)},
    ),
    "no run has ever succeeded": (make_night(good=()), {60: (UNKNOWN, RUNNING)}),
    "what is not scraped is unknown and no gap": (
        make_night().cut(60, 120),
        {59: (FRESH, RUNNING), 65: (UNKNOWN, UNKNOWN), 119: (UNKNOWN, UNKNOWN), 121: (FRESH, 3.0)},
    ),
    "a site without the web part": (
        Timeline({name: value for name, value in make_night().series.items() if "web" not in name}),
        {60: (FRESH, UNKNOWN)},
    ),
}
"""Of data and schedule, by minute."""


@BOTH
@pytest.mark.parametrize("name", STATES)
def test_the_state_has_a_value_at_every_step(name: str, version: str, tmp_path: Path) -> None:
    timeline, told = STATES[name]
    site = '__name__="booth_sync:state", instance="main", namespace="festival"'
    expected = {
        minute: {
            f'{{{site}, fact="{fact}"}}': value
            for fact, value in zip(("data", "schedule"), values, strict=True)
        }
        for minute, values in told.items()
    }
    judge = make_judge(version, tmp_path)
    assert judge.find_otherwise(timeline, "booth_sync:state", expected) == ""


def test_each_alert_fires_in_some_night_and_is_silent_in_another() -> None:
    alerts = {rule["alert"] for rule in list_alerts()}
    fired = {
        alert for _, expected in CASES.values() for told in expected.values() for alert in told
    }
    assert fired == alerts


def test_each_alert_says_what_it_is_in_both_languages_and_where_to_read_on() -> None:
    page = (ROOT / "docs" / "runbook.md").read_text()
    headings = {heading.lower() for heading in re.findall(r"^### (\w+)$", page, re.MULTILINE)}
    for rule in list_alerts():
        told = rule["annotations"]
        for text in (told["summary"], told["description"]):
            assert re.search("[가-힣]", text), rule["alert"]
            assert re.search(r"\([A-Z{a-z][^가-힣]+\)$", text), rule["alert"]
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert told["runbook_url"].rpartition("#")[2] in headings


def test_the_operators_page_names_each_alert() -> None:
    page = (ROOT / "docs" / "operator.md").read_text()
    named = re.findall(r"^\| `(BoothSync\w+)` \|", page, re.MULTILINE)
    assert named == list(dict.fromkeys(rule["alert"] for rule in list_alerts()))


@BOTH
@pytest.mark.parametrize(
    ("instance", "fired"),
    [("main", {"BoothSyncFailing", "BoothSyncStale"}), ("other", {"BoothSyncMetricsAbsent"})],
)
def test_the_rules_of_a_release_look_at_its_own_figures_alone(
    instance: str, fired: set[str], version: str, tmp_path: Path
) -> None:
    given: dict[str, Any] = {"alerts__enabled": True, "config__BOOTH_SYNC_INSTANCE": instance}
    objects = Helm(name="helm3").render(**given)
    [rule] = [each for each in objects if each["kind"] == "PrometheusRule"]
    rules = tmp_path / "rules.yaml"
    rules.write_text(yaml.safe_dump(rule["spec"]))
    judge = make_judge(version, tmp_path, rules=rules)
    assert judge.find_wrong(make_night(good=((0, 30),)), {20: set(), 60: fired}) == ""


def make_judge(version: str, folder: Path, *, rules: Path = RULES) -> Judge:
    return Judge(promtool=find("promtool", version=version), rules=rules, folder=folder)


def list_alerts() -> list[Any]:
    return [rule for rule in list_rules() if "alert" in rule]
