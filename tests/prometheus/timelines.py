"""What Prometheus would have scraped, minute by minute, and which alerts then fire."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

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


def judge(rules: Path, timeline: Timeline, expected: Mapping[int, set[str]], folder: Path) -> str:
    """Return what promtool finds wrong with the alerts expected to fire at each minute."""
    test = {
        "rule_files": [str(rules)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": name, "values": " ".join(map(_write, map(value, range(MINUTES))))}
                    for name, value in timeline.series.items()
                ],
                "promql_expr_test": [
                    {
                        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                        "eval_time": f"{minute}m",
                        "exp_samples": [
                            {"labels": f'{{alertname="{name}"}}', "value": 1}
                            for name in sorted(alerts)
                        ],
                    }
                    for minute, alerts in expected.items()
                ],
            }
        ],
    }
    path = folder / "test.json"
    path.write_text(json.dumps(test))
    ended = subprocess.run(
        ["promtool", "test", "rules", str(path)], capture_output=True, text=True, timeout=60
    )
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr


def _write(value: float | None) -> str:
    return "_" if value is None else f"{value:g}"
