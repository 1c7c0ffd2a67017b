"""What the alerts and the dashboard ask Prometheus for, one expression at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import promql_parser
import yaml

from tests.conftest import ROOT

CHART = ROOT / "helm" / "booth-sync"
RULES, DASHBOARD = CHART / "alerts.yaml", CHART / "dashboard.json"
EVERYTHING = {"namespace": ".*", "instance": ".*", "cronjobs": ".*booth-sync.*"}
"""The dashboard's variables as it opens."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """An expression with the place where people see what comes of it."""

    place: str
    expr: str
    is_instant: bool = True
    legend: str = ""


@dataclass(frozen=True, kw_only=True)
class Selector:
    """A family as an expression names it.

    ``labels`` are those that are matched or kept, ``kept`` the labels of the innermost aggregation
    around it, None where there is none, and ``functions`` those around it.
    """

    name: str
    labels: frozenset[str]
    kept: frozenset[str] | None
    functions: tuple[str, ...]


def read_dashboard() -> Any:
    """Return the dashboard's document."""
    return json.loads(DASHBOARD.read_text())


def list_panels() -> list[Any]:
    """Return the panels that ask for something: all but the headings of rows."""
    return [panel for panel in read_dashboard()["panels"] if panel["type"] != "row"]


def list_rules() -> list[Any]:
    """Return the recording and alerting rules."""
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    rules: list[Any] = group["rules"]
    return rules


def list_queries() -> list[Query]:
    """Return what the dashboard asks for, its annotations included and its variables open."""
    dashboard = read_dashboard()
    queries = [
        Query(
            place=panel["title"],
            expr=fill(target["expr"]),
            is_instant=target["instant"],
            legend=target["legendFormat"],
        )
        for panel in list_panels()
        for target in panel["targets"]
    ]
    return queries + [
        Query(place=each["name"], expr=fill(each["expr"]), is_instant=False)
        for each in dashboard["annotations"]["list"]
    ]


def fill(expr: str, variables: Mapping[str, str] = EVERYTHING) -> str:
    """Return an expression with the dashboard's variables in place, as Grafana asks it."""
    for name, value in variables.items():
        expr = expr.replace(f"${name}", value)
    return expr


def list_selectors(expr: str) -> Iterator[Selector]:
    """Yield each family that an expression names. Raises ValueError where it is no PromQL."""
    around: list[Any] = []
    found: list[Selector] = []

    def enter(node: Any) -> None:
        around.append(node)
        if isinstance(node, promql_parser.VectorSelector):
            found.append(_describe(node, around))

    def leave(_: Any) -> None:
        around.pop()

    promql_parser.walk(promql_parser.parse(expr), enter, leave)
    yield from found


def _describe(node: Any, around: list[Any]) -> Selector:
    aggregations = [each for each in around if isinstance(each, promql_parser.AggregateExpr)]
    modifier = aggregations[-1].modifier if aggregations else None
    kept = frozenset(modifier.labels) if modifier else None
    matched = {matcher.name for matcher in node.matchers.matchers}
    calls = [each.func.name for each in around if isinstance(each, promql_parser.Call)]
    labels = frozenset(matched | (kept or set()))
    return Selector(name=node.name or "", labels=labels, kept=kept, functions=tuple(calls))
