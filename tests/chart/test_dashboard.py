"""The dashboard as a ConfigMap of the release."""

from __future__ import annotations

import json
import re
from typing import Any

from .helm import CHART, Helm, pick

TEXT = (CHART / "dashboard.json").read_text()


def find_dashboard(helm: Helm, **changes: Any) -> dict[str, Any]:
    """Return the release's ConfigMap for Grafana's sidecar."""
    objects = helm.render(dashboard__enabled=True, **changes)
    return pick(objects, "ConfigMap", f"{changes.get('fullnameOverride', 'booth-sync')}-dashboard")


def test_there_is_none_where_nobody_asks_for_it(helm: Helm) -> None:
    names = {each["metadata"]["name"] for each in helm.render() if each["kind"] == "ConfigMap"}
    assert names == {"booth-sync"}


def test_it_holds_what_the_file_does_where_the_sidecar_looks(helm: Helm) -> None:
    folder = {"grafana_folder": "Festival / Booths"}
    found = find_dashboard(helm, dashboard__annotations=folder)
    assert found["data"] == {"booth-sync.json": TEXT.strip()}
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert folder.items() <= found["metadata"]["annotations"].items()


def list_limits(text: str) -> list[int]:
    return sorted(map(int, re.findall(r'"value": (\d+),\n *"color"', text)))


def test_limits_names_and_the_runbook_are_the_releases(helm: Helm) -> None:
    runbook = "https://forge.invalid/festival/runbook.md"
    limits = {"staleSeconds": 1200, "slowSeconds": "77", "stoppedSeconds": 4321}
    given = {f"alerts__{name}": value for name, value in limits.items()}
    found = find_dashboard(helm, alerts__runbookUrl=runbook, fullnameOverride="festival", **given)
    text = found["data"]["booth-sync.json"]
    assert list_limits(text) == [77, 800, 1200, 1800, 4321]
    assert json.dumps(".*(booth-sync|festival).*") in text
    assert json.dumps(".*booth-sync.*") not in text
    assert text.count(runbook) == 1
    assert "forge.example" not in text


def test_a_limit_may_be_the_default_of_another(helm: Helm) -> None:
    limits = {"staleSeconds": 600, "slowSeconds": 900, "stoppedSeconds": 60}
    given = {f"alerts__{name}": value for name, value in limits.items()}
    text = find_dashboard(helm, **given)["data"]["booth-sync.json"]
    assert list_limits(text) == [60, 400, 600, 900, 1800]


def test_a_limit_that_is_null_is_that_of_the_file(helm: Helm) -> None:
    found = find_dashboard(helm, alerts__staleSeconds=None)
    assert found["data"]["booth-sync.json"] == TEXT.strip()
