"""The examples of the docs, with what a test must change: addresses, intervals, limits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT

from .expressions import RULES

PROMETHEUS, ALERTMANAGER = ROOT / "docs" / "prometheus.yaml", ROOT / "docs" / "alertmanager.yaml"
SECOND = "1s"
SHORTER = {
    "booth_sync:last_success > 900": " > 1",
    "booth_sync_last_run_duration_seconds[5m])) > 60": " > 0",
    "booth_sync_suspended_since_timestamp_seconds) > 3600": " > 0",
    "            > 600\n": " > 0\n",
}
"""Limits of the rules, and what they are where nobody can wait."""
ALWAYS = [{"years": ["2000:2999"]}]
NEVER = [{"years": ["2000"]}]


def shorten_rules(folder: Path) -> Path:
    """Write the rules with limits of a second and return their path."""
    text = RULES.read_text()
    for limit, short in SHORTER.items():
        assert limit in text, limit
        text = text.replace(limit, re.sub(r" > \d+", short.rstrip("\n"), limit))
    text = re.sub(r"(for|keep_firing_for): \d+m$", rf"\1: {SECOND}", text, flags=re.MULTILINE)
    path = folder / "alerts.yaml"
    path.write_text(text)
    return path


def fill_prometheus(
    *, rules: Path, targets: Mapping[str, Sequence[str]], alertmanagers: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the docs' configuration with these targets by job; other jobs are left out."""
    config: dict[str, Any] = yaml.safe_load(PROMETHEUS.read_text())
    config["global"] = {"scrape_interval": SECOND, "evaluation_interval": SECOND}
    config["rule_files"] = [str(rules)]
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": list(alertmanagers)}]}]
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    assert targets.keys() <= jobs.keys()
    for name, addresses in targets.items():
        for group, address in zip(jobs[name]["static_configs"], addresses, strict=True):
            group["targets"] = [address]
    config["scrape_configs"] = [jobs[name] for name in targets]
    return config


def fill_alertmanager(*, url: str, is_festival: bool, is_night: bool) -> dict[str, Any]:
    """Return the docs' configuration for a time that is always now."""
    config: dict[str, Any] = yaml.safe_load(ALERTMANAGER.read_text())
    [route] = config["route"]["routes"]
    route["group_wait"] = route["group_interval"] = SECOND
    for receiver in config["receivers"]:
        for webhook in receiver.get("webhook_configs", []):
            webhook["url"] = url
    now = {"festival": is_festival, "nights": is_night}
    assert [each["name"] for each in config["time_intervals"]] == list(now)
    for each in config["time_intervals"]:
        each["time_intervals"] = ALWAYS if now[each["name"]] else NEVER
    return config
