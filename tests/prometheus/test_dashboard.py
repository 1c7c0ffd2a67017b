"""The dashboard as a document: Grafana knows all of it, and it names only what there is."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.families import list_families

from .expressions import list_panels, list_queries, list_rules, list_selectors, read_dashboard

SITE = {"namespace", "instance"}
ADDED = {"namespace", "instance", "job"}
"""Labels that a scrape or a push adds to every family."""


def find_lost(given: Any, kept: Any, path: str = "") -> Iterator[str]:
    """Yield the path of whatever is in ``given`` and not, or otherwise, in ``kept``."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            yield from find_lost(value, kept.get(key, "nothing"), f"{path}.{key}")
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for number, (one, other) in enumerate(zip(given, kept, strict=True)):
            yield from find_lost(one, other, f"{path}[{number}]")
    elif given != kept:
        yield path


def read_as_grafana(document: Any) -> Any:
    """Return a dashboard as Grafana's own types read and write it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it prefers V2, which Grafana's
        from grafana_foundation_sdk.cog.encoder import JSONEncoder  # provisioning refuses
        from grafana_foundation_sdk.cog.plugins import register_default_plugins
        from grafana_foundation_sdk.models.dashboard import Dashboard

        register_default_plugins()
    return json.loads(JSONEncoder().encode(Dashboard.from_json(document)))


def test_grafana_knows_all_that_it_says() -> None:
    document = read_dashboard()
    assert list(find_lost(document, read_as_grafana(document))) == []


def find_by_type(document: Any, kind: str) -> Any:
    return next(panel for panel in document["panels"] if panel["type"] == kind)


@pytest.mark.parametrize(
    "find",
    [
        lambda document: document,
        lambda document: document["links"][0],
        lambda document: document["annotations"]["list"][0],
        lambda document: document["templating"]["list"][1],
        lambda document: find_by_type(document, "stat")["options"],
        lambda document: find_by_type(document, "table")["targets"][0],
        lambda document: find_by_type(document, "state-timeline")["fieldConfig"]["defaults"],
        lambda document: find_by_type(document, "timeseries")["fieldConfig"]["defaults"]["custom"],
    ],
)
def test_it_would_say_what_grafana_does_not_know(find: Callable[[Any], Any]) -> None:
    document = read_dashboard()
    find(document)["nonsense"] = True
    [lost] = find_lost(document, read_as_grafana(document))
    assert lost.endswith(".nonsense")


def test_it_is_a_classic_dashboard_that_any_prometheus_can_feed() -> None:
    document = read_dashboard()
    assert 39 <= document["schemaVersion"] <= 41
    assert document["uid"] == "booth-sync"
    assert document["tags"]
    assert "id" not in document  # Grafana's own number
    variables = {each["name"]: each for each in document["templating"]["list"]}
    assert [each["type"] for each in variables.values()].count("datasource") == 1
    assert variables["datasource"]["query"] == "prometheus"
    sources = re.findall(r'"uid": "([^"]+)"', json.dumps(document))
    assert set(sources) == {"booth-sync", "${datasource}"}
    assert "runbook.md" in document["links"][0]["url"]


def test_each_panel_says_what_it_shows_in_both_languages_and_its_unit() -> None:
    for panel in list_panels():
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        text = panel["description"]
        assert re.search(r"[가-힣].* \([A-Z0-9][^가-힣]+\)$", text), panel["title"]
        assert re.search(r"\([a-z][^가-힣]+\)$", panel["title"]), panel["title"]
        for named in re.findall(r"\bBoothSync[A-Za-z]+", text):
            assert named in {rule.get("alert") for rule in list_rules()}


def test_no_panel_lies_over_another() -> None:
    panels = read_dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for one, other in combinations([panel["gridPos"] for panel in panels], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]


def test_its_lines_are_the_limits_of_the_alerts() -> None:
    limits = {
        float(number) for rule in list_rules() for number in re.findall(r"[<>] (\d+)", rule["expr"])
    }
    drawn = {
        step["value"]
        for panel in list_panels()
        for step in panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])
        if step["color"] == "red"
    }
    assert drawn == {60, 900, 1800, 3600}
    assert drawn <= limits


def list_expressions() -> list[str]:
    return [query.expr for query in list_queries()] + [rule["expr"] for rule in list_rules()]


def test_every_family_there_is_is_shown_and_no_other() -> None:
    recorded = {rule["record"] for rule in list_rules() if "record" in rule}
    shown = {each.name for query in list_queries() for each in list_selectors(query.expr)}
    assert {name for name in shown - recorded if not is_kubes(name)} == list_families().keys()
    named = {each.name for expr in list_expressions() for each in list_selectors(expr)}
    assert {name for name in named - recorded if not is_kubes(name)} == list_families().keys()
    assert recorded <= named  # nothing is recorded for nobody


def is_kubes(name: str) -> bool:
    """Return whether a family is one of kube-state-metrics, which the live tests ask for them."""
    return name.startswith("kube_")


def test_each_label_that_is_asked_for_is_one_of_its_family() -> None:
    for expr in list_expressions():
        for selector in list_selectors(expr):
            if labels := list_families().get(selector.name):
                assert selector.labels <= {*labels, *ADDED}, expr


def test_replicas_and_the_gateway_are_counted_once() -> None:
    """Every family of ours is aggregated by what names a site: else two replicas show twice."""
    for expr in list_expressions():
        for selector in list_selectors(expr):
            if selector.name in list_families() and "absent" not in selector.functions:
                assert selector.kept is not None, expr
                assert selector.kept >= SITE, expr


def test_the_docs_name_only_families_that_there_are() -> None:
    recorded = {rule["record"] for rule in list_rules() if "record" in rule}
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        text = re.sub(r"manage\.py booth_sync \w+", "", page.read_text())
        named = set(re.findall(r"\bbooth_sync(?:_[a-z]\w+|:\w+)", text))
        assert named <= list_families().keys() | recorded, page.name
