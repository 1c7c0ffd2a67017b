"""The alerts as a PrometheusRule of the release."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from .helm import CHART, Helm

NARROWED = {
    r"instance=\"festival/booth-sync\", ": "",
    r"instance=\"festival/booth-sync\"": "",
    r"namespace=\"festival\", cronjob=~\"booth-sync\"": r"cronjob=~\".*booth-sync.*\"",
    r"namespace=\"festival\", job_name=~\"(booth-sync)-[0-9]+\"": r"job_name=~\".*booth-sync.*\"",
}
"""What of a release's rules is its own, in JSON."""
EVERY_FIVE = "*/5 * * * *"
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


def widen(rule: Any) -> Any:
    """Return what a rule is of without whose figures it looks at."""
    text = json.dumps(rule["spec"])
    for narrow, wide in NARROWED.items():
        assert narrow in text, narrow
        text = text.replace(narrow, wide)
    return json.loads(text.replace("{}", ""))


def test_it_holds_what_the_file_does(helm: Helm) -> None:
    rule = find_rule(helm, alerts__labels={"release": "monitoring"})
    assert widen(rule) == FILE
    assert rule["metadata"]["labels"]["release"] == "monitoring"
    assert rule["metadata"]["name"] == "booth-sync"


def test_it_looks_at_the_figures_of_its_release_alone(helm: Helm) -> None:
    rule = find_rule(
        helm,
        config__BOOTH_SYNC_INSTANCE='a "$1\\',
        fullnameOverride="festival",
        cronJobs=[{"name": "", "schedule": EVERY_FIVE}, {"name": "late", "schedule": EVERY_FIVE}],
    )
    names = r"(?:booth_sync[:_]|kube_)\w+({.*?}(?=[)\[\s]|$))?"
    for each in [each for group in rule["spec"]["groups"] for each in group["rules"]]:
        for selector in re.findall(names, each["expr"]):
            assert r'instance="a \"$1\\"' in selector or 'namespace="festival"' in selector
    text = json.dumps(rule["spec"])
    assert json.dumps('cronjob=~"festival|festival-late"')[1:-1] in text
    assert json.dumps('job_name=~"(festival|festival-late)-[0-9]+"')[1:-1] in text


def test_an_instance_that_the_chart_cannot_know_is_not_looked_for(helm: Helm) -> None:
    elsewhere = {"name": "BOOTH_SYNC_INSTANCE", "value": "somewhere"}
    assert "instance=" not in json.dumps(find_rule(helm, extraEnv=[elsewhere])["spec"])


def test_limits_and_the_runbook_are_the_releases(helm: Helm) -> None:
    runbook = "https://forge.invalid/festival/runbook.md"
    limits = {"staleSeconds": 1234, "slowSeconds": "77", "stoppedSeconds": 4321}
    given = {f"alerts__{name}": value for name, value in limits.items()}
    text = json.dumps(widen(find_rule(helm, alerts__runbookUrl=runbook, **given)))
    assert text.count("last_success > 1234") == 2  # in the state, too
    assert text.count("> bool 1234") == text.count("> 77") == text.count("> 4321") == 1
    for old in ("> 900", "bool 900", "> 60\\n", "> 3600", "forge.example"):
        assert old not in text, old
    assert text.count(runbook) == text.count("runbook_url")


def test_what_is_too_old_is_so_for_the_site_and_the_alerts(helm: Helm) -> None:
    config = {"config__BOOTH_SYNC_STALE_AFTER": "5400.5"}
    assert "last_success > 5400\\n" in json.dumps(widen(find_rule(helm, **config)))
    both = find_rule(helm, alerts__staleSeconds=60, **config)
    assert "last_success > 60\\n" in json.dumps(widen(both))


def test_a_limit_that_is_null_is_that_of_the_file(helm: Helm) -> None:
    nothing = dict.fromkeys(("alerts__staleSeconds", "alerts__slowSeconds"))
    assert widen(find_rule(helm, **nothing)) == FILE
