"""What Prometheus would have scraped, minute by minute, and which alerts then fire."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Value = Callable[[int], float | None]
"""A sample by its minute; None where there is none."""
SITE = {"namespace": "festival", "instance": "main"}
PUSHED, SCRAPED = {"job": "booth-sync"}, {"job": "web"}
MINUTES = 240


@dataclass
class Timeline:
    """Series by minute, on top of which a test lays what it is about."""

    series: dict[str, Value] = field(default_factory=dict)

    def put(self, name: str, value: Value, /, **labels: str) -> Timeline:
        """Lay a series; the same again replaces it."""
        parts = ",".join(f'{key}="{text}"' for key, text in sorted((SITE | labels).items()))
        self.series[f"{name}{{{parts}}}"] = value
        return self

    def cut(self, begin: int, end: int) -> Timeline:
        """Return the same with nothing scraped from one minute until another."""

        def leave_out(value: Value) -> Value:
            return lambda minute: None if begin <= minute < end else value(minute)

        return Timeline({name: leave_out(value) for name, value in self.series.items()})


@dataclass(frozen=True, kw_only=True)
class Judge:
    """A promtool that lets rules look at timelines."""

    promtool: Path
    rules: Path
    folder: Path

    def find_wrong(self, timeline: Timeline, expected: Mapping[int, set[str]]) -> str:
        """Return what is wrong with the alerts expected to fire at each minute."""
        expr = 'count by (alertname) (ALERTS{alertstate="firing"})'
        told = {
            minute: {f'{{alertname="{name}"}}': 1.0 for name in sorted(alerts)}
            for minute, alerts in expected.items()
        }
        return self.find_otherwise(timeline, expr, told)

    def find_otherwise(
        self, timeline: Timeline, expr: str, expected: Mapping[int, Mapping[str, float]]
    ) -> str:
        """Return where an expression has other values, by labels, than those at each minute."""
        questions = [
            {
                "expr": expr,
                "eval_time": f"{minute}m",
                "exp_samples": [{"labels": name, "value": value} for name, value in told.items()],
            }
            for minute, told in expected.items()
        ]
        path = self.folder / "test.json"
        path.write_text(json.dumps(self._describe(timeline, questions)))
        command: list[str | Path] = [self.promtool, "test", "rules", path]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return "" if ended.returncode == 0 else ended.stdout + ended.stderr

    def _describe(self, timeline: Timeline, questions: list[dict[str, Any]]) -> dict[str, Any]:
        series = [
            {"series": name, "values": " ".join(map(_write, map(value, range(MINUTES))))}
            for name, value in timeline.series.items()
        ]
        test = {"interval": "1m", "input_series": series, "promql_expr_test": questions}
        return {"rule_files": [str(self.rules)], "evaluation_interval": "1m", "tests": [test]}


def _write(value: float | None) -> str:
    return "stale" if value is None else f"{value:g}"  # as a scrape marks what it does not find
