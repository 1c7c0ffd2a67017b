"""The dashboard's panels with what their own queries find, as Grafana would show it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .expressions import fill, read_dashboard
from .servers import Prometheus, Series
from .story import BEGAN, ENDED, ZONE

STEP_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Line:
    """A series by the name that its legend has, at times in Unix seconds."""

    name: str
    times: list[float]
    values: list[float]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A panel, a row's heading included; ``found`` has a legend and series for each query."""

    document: Any
    found: list[tuple[str, Series]]

    @property
    def title(self) -> str:
        return str(self.document["title"])

    @property
    def defaults(self) -> Any:
        """What its document says of all its values."""
        return self.document["fieldConfig"]["defaults"]

    def list_lines(self) -> list[Line]:
        """Return its series over time."""
        return [
            Line(
                name=_write_legend(legend, each["metric"]),
                times=[float(at) for at, _ in each["values"]],
                values=[float(value) for _, value in each["values"]],
            )
            for legend, series in self.found
            for each in series
        ]

    def list_values(self) -> list[float]:
        """Return its values at the end."""
        return [float(each["value"][1]) for _, series in self.found for each in series]

    def list_cells(self) -> Iterator[dict[str, str]]:
        """Yield the rows of a table as its transformations leave them."""
        [change] = self.document["transformations"]
        options = change["options"]
        for _, series in self.found:
            for each in series:
                cells = each["metric"] | {"Value": self.write(float(each["value"][1]))}
                names = options["renameByName"]
                yield {
                    names.get(name, name): text
                    for name, text in cells.items()
                    if not options["excludeByName"].get(name)
                }

    def write(self, value: float) -> str:
        """Return a value as its mapping or its unit has it."""
        if mapped := self._find_mapping(value):
            return str(mapped["text"])
        return _WRITE[self.defaults["unit"]](value)

    def choose_colour(self, value: float) -> str:
        """Return the colour that its mapping or its steps give a value."""
        if mapped := self._find_mapping(value):
            return str(mapped["color"])
        steps = self.defaults["thresholds"]["steps"]
        return str([each["color"] for each in steps if (each["value"] or 0) <= value][-1])

    def _find_mapping(self, value: float) -> dict[str, Any] | None:
        for mapping in self.defaults.get("mappings", []):
            if found := mapping["options"].get(f"{value:g}"):
                return dict(found)
        return None


def ask_panels(watcher: Prometheus) -> list[Panel]:
    """Return the panels with what they find at the end of the story."""
    return [
        Panel(
            document=document,
            found=[
                (target["legendFormat"], _ask(watcher, target))
                for target in document.get("targets", [])
            ],
        )
        for document in read_dashboard()["panels"]
    ]


def ask_stops(watcher: Prometheus) -> list[Line]:
    """Return the times of the dashboard's annotations, by what they say."""
    [annotation] = read_dashboard()["annotations"]["list"]
    found = _ask(watcher, {"expr": annotation["expr"], "instant": False})
    legend = f"{annotation['titleFormat']}: {annotation['textFormat']}"
    return Panel(document={}, found=[(legend, found)]).list_lines()


def _ask(watcher: Prometheus, target: dict[str, Any]) -> Series:
    expr = fill(target["expr"])
    if target["instant"]:
        return watcher.ask(expr, at=ENDED)
    return watcher.ask_between(expr, BEGAN, ENDED, step=STEP_SECONDS)


def _write_legend(legend: str, labels: dict[str, str]) -> str:
    return re.sub(r"{{(\w+)}}", lambda match: labels.get(match[1], ""), legend)


def _write_seconds(value: float) -> str:
    if value < 60:
        return f"{value:.3g} s"
    return f"{value / 60:.3g} min" if value < 3600 else f"{value / 3600:.3g} h"


def _write_bytes(value: float) -> str:
    return f"{value:.0f} B" if value < 1024 else f"{value / 1024:.0f} KiB"


def _write_instant(value: float) -> str:
    return f"{datetime.fromtimestamp(value / 1000, ZONE):%Y-%m-%d %H:%M:%S}"


def _write_distance(value: float) -> str:
    return f"in {_write_seconds(value / 1000 - ENDED)}"


_WRITE = {
    "s": _write_seconds,
    "bytes": _write_bytes,
    "short": lambda value: f"{value:g}",
    "dateTimeAsIso": _write_instant,
    "dateTimeFromNow": _write_distance,
}
