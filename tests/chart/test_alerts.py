"""The alerts as a PrometheusRule of the release."""

from __future__ import annotations

import json
from typing import Any

import yaml

from .helm import CHART, Helm

FILE = yaml.safe_load((CHART / "alerts.yaml").read_text())


def find_rule(helm: Helm, **changes: Any) -> Any:
    """Return the release's PrometheusRule."""
    [rule] = [
        each
        for each in helm.render(alerts__enabled=True, **changes)
        if each["kind"] == "PrometheusRule"
    ]
    return rule


def test_there_is_none_where_nobody_asks_for_it(helm: Helm) -> None:
    assert "PrometheusRule" not in {each["kind"] for each in helm.render()}


def test_it_holds_what_the_file_does(helm: Helm) -> None:
    rule = find_rule(helm, alerts__labels={"release": "monitoring"})
    assert rule["spec"] == FILE
    assert rule["metadata"]["labels"]["release"] == "monitoring"
    assert rule["metadata"]["name"] == "booth-sync"


def test_limits_names_and_the_runbook_are_the_releases(helm: Helm) -> None:
    runbook = "https://forge.invalid/festival/runbook.md"
    limits = {"staleSeconds": 1234, "slowSeconds": "77", "stoppedSeconds": 4321}
    given = {f"alerts__{name}": value for name, value in limits.items()}
    rule = find_rule(helm, alerts__runbookUrl=runbook, fullnameOverride="festival", **given)
    text = json.dumps(rule["spec"])
    for limit, times in (("> 1234", 2), ("> 77", 1), ("> 4321", 1)):  # stale in the state, too
        assert text.count(f"seconds) {limit}") == times
    for old in ("> 900\\n", "> 60\\n", "> 3600\\n", "forge.example", '=~\\"booth-sync.*'):
        assert old not in text, old
    assert text.count('=~\\"festival.*\\"') == json.dumps(FILE).count('=~\\"booth-sync.*\\"') > 0
    assert text.count(runbook) == text.count("runbook_url")


def test_a_limit_that_is_null_is_that_of_the_file(helm: Helm) -> None:
    assert find_rule(helm, alerts__staleSeconds=None)["spec"] == FILE
