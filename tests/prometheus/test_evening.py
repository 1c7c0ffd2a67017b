"""What real servers see of an evening with failures, successes and a stop."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import requests

from tests.cluster.waiting import wait_for

from .evening import BY, INSTANCE, REASON, Evening
from .expressions import list_queries, list_rules, list_selectors
from .servers import Prometheus
from .story import MINUTES, tell
from .versions import VERSIONS, find

SITE = {"namespace": "festival", "instance": INSTANCE}


@pytest.fixture(params=VERSIONS)
def watcher(evening: Evening, request: pytest.FixtureRequest) -> Prometheus:
    return evening.watchers[request.param]


def test_the_gateway_keeps_the_last_success_over_a_failure(evening: Evening) -> None:
    first, failed, second = evening.successes
    assert first[0] == first[1]
    assert failed[0] == first[0] < failed[1]
    assert first[0] < second[0] == second[1]


def test_each_query_of_the_dashboard_has_an_answer(watcher: Prometheus, evening: Evening) -> None:
    queries = list_queries()
    assert len(queries) > 20
    for query in queries:
        found = watcher.ask_since(query.expr, evening.began)
        assert found, query.place
        wanted = set(re.findall(r"{{(\w+)}}", query.legend))
        for series in found:
            assert wanted <= series["metric"].keys(), query.place


def test_each_alert_has_fired_and_each_record_been_written(
    watcher: Prometheus, evening: Evening
) -> None:
    alerts = {rule["alert"] for rule in list_rules() if "alert" in rule}
    assert watcher.list_fired(evening.began) == alerts
    for rule in list_rules():
        if name := rule.get("record"):
            assert watcher.ask(name), name


def test_an_alert_about_runs_is_silent_after_the_stop(watcher: Prometheus) -> None:
    def list_firing() -> set[str]:
        return {each["metric"]["alertname"] for each in watcher.ask('ALERTS{alertstate="firing"}')}

    expected = {"BoothSyncStoppedTooLong", "BoothSyncPushFailing"}
    wait_for(lambda: list_firing() == expected)


def test_kube_state_metrics_has_each_label_that_is_asked_for(watcher: Prometheus) -> None:
    exprs = [query.expr for query in list_queries()] + [rule["expr"] for rule in list_rules()]
    asked = [each for expr in exprs for each in list_selectors(expr)]
    ours = [each for each in asked if each.name.startswith("kube_")]
    assert len(ours) > 8
    for selector in ours:
        found = watcher.ask(f"last_over_time({selector.name}[1h])")
        assert found, selector.name
        assert selector.labels <= found[0]["metric"].keys(), selector.name


def test_the_story_of_the_picture_tells_what_kube_state_metrics_would(watcher: Prometheus) -> None:
    for name, labels, _ in tell(MINUTES):
        if name.startswith("kube_"):
            [found, *_] = watcher.ask(f"last_over_time({name}[1h])")
            assert labels.keys() | {"instance"} == found["metric"].keys() - {"__name__"}, name


def test_pushed_and_scraped_figures_meet_and_replicas_show_once(watcher: Prometheus) -> None:
    found = watcher.ask("booth_sync_last_success_timestamp_seconds")
    told = {(each["metric"]["job"], each["metric"].get("pod")) for each in found}
    replicas = {("booth-sync-web", f"booth-sync-web-{number}") for number in range(2)}
    assert told == {("booth-sync", None), *replicas}
    assert all(SITE.items() <= each["metric"].items() for each in found)
    age = "데이터의 나이 (age of the data)"
    [query] = [each for each in list_queries() if each.place == age]
    assert [each["metric"] for each in watcher.ask(query.expr)] == [SITE]


def test_who_stopped_and_why_is_told_once_for_each_cronjob(watcher: Prometheus) -> None:
    [query] = [each for each in list_queries() if "who stopped it" in each.place]
    told = [each["metric"] for each in watcher.ask(query.expr)]
    who = SITE | {"by": BY, "reason": REASON}
    names = ("booth-sync", "booth-sync-peak")
    assert sorted(told, key=lambda labels: labels["cronjob"]) == [
        who | {"cronjob": name} for name in names
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_promtool_finds_no_fault_in_the_figures(evening: Evening, version: str) -> None:
    for address in (f"{evening.sites[0]}/metrics", f"{evening.gateway}/metrics"):
        text = requests.get(address, timeout=10).text
        ours = "".join(line for line in text.splitlines(keepends=True) if "booth_sync_" in line)
        assert "# HELP" in ours
        command: list[str | Path] = [find("promtool", version=version), "check", "metrics"]
        ended = subprocess.run(
            command, input=ours, capture_output=True, text=True, timeout=30, check=False
        )
        assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")
