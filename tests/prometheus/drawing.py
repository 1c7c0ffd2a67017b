"""How each kind of panel is drawn into its box."""

from __future__ import annotations

import math
from datetime import datetime
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator, MultipleLocator

from .panels import STEP_SECONDS, Line, Panel
from .story import BEGAN, ENDED, ZONE

GREY, EDGE = "#6e6e6e", "#d8d8d8"
HOUR, LEAST_MINUTES = 3600, 18
"""A state that is shorter has no room for its word."""
COLOURS = {"green": "#3b8f4a", "yellow": "#d9a400", "red": "#d0342c", "blue": "#3274d9"}
"""Grafana's names, as near as need be."""


def _draw_row(box: Axes, panel: Panel, _stops: list[Line]) -> None:
    box.text(0.005, 0.3, panel.title, weight="bold", size=10)


def _draw_stat(box: Axes, panel: Panel, _stops: list[Line]) -> None:
    [value] = panel.list_values()
    inner = _draw_frame(box, panel)
    colour = COLOURS.get(panel.choose_colour(value), GREY)
    inner.set_facecolor(colour)
    inner.set(xticks=[], yticks=[])
    inner.text(
        0.5,
        0.5,
        panel.write(value),
        color="white",
        size=17,
        weight="bold",
        ha="center",
        va="center",
        transform=inner.transAxes,
    )


def _draw_states(box: Axes, panel: Panel, stops: list[Line]) -> None:
    inner = _draw_frame(box, panel)
    lines = panel.list_lines()
    for height, line in enumerate(reversed(lines)):
        changes = [0, *(n for n in range(1, len(line.values)) if _changes(line, n))]
        for begin, end in pairwise([*changes, len(line.values) - 1]):
            value = line.values[begin]
            span = (line.times[begin], line.times[end] - line.times[begin])
            colour = COLOURS.get(panel.choose_colour(value), GREY)
            inner.broken_barh([span], (height - 0.4, 0.8), facecolor=colour, alpha=0.75)
            if end - begin >= LEAST_MINUTES:
                inner.text(line.times[begin], height, f" {panel.write(value)}", va="center")
    inner.set_yticks(range(len(lines)), [line.name.split()[-1] for line in reversed(lines)])
    inner.grid(visible=False)
    inner.set_ylim(-0.5, len(lines))
    for stop in stops:
        inner.text(stop.times[0], len(lines) - 0.5, stop.name, va="bottom", color=COLOURS["blue"])
    _draw_times(inner, stops)


def _changes(line: Line, number: int) -> bool:
    return line.values[number] != line.values[number - 1]


def _draw_lines(box: Axes, panel: Panel, stops: list[Line]) -> None:
    inner = _draw_frame(box, panel)
    custom = panel.defaults["custom"]
    is_stepped = custom["lineInterpolation"] == "stepAfter"
    lines = panel.list_lines()
    if custom["stacking"]["mode"] == "normal":
        options: dict[str, Any] = {"step": "post"} if is_stepped else {}
        options["labels"] = [line.name for line in lines]
        inner.stackplot(lines[0].times, [line.values for line in lines], alpha=0.6, **options)
    else:
        for line in lines:
            style = "steps-post" if is_stepped else "default"
            inner.plot(*_leave_gaps(line), label=line.name, lw=1.2, drawstyle=style)
    top = max(inner.get_ylim()[1] if any(any(line.values) for line in lines) else 1, 1e-9)
    inner.set_ylim(0, top)
    for step in panel.defaults.get("thresholds", {}).get("steps", []):
        if step["value"] is not None and step["value"] <= top:
            inner.axhline(step["value"], ls="--", lw=1, color=COLOURS[step["color"]])
    inner.yaxis.set_major_locator(_choose_ticks(panel, top))
    inner.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _wrap(panel.write(value))))
    inner.legend(loc="upper center", bbox_to_anchor=(0.45, -0.14), ncols=3)
    _draw_times(inner, stops)


def _leave_gaps(line: Line) -> tuple[list[float], list[float]]:
    """Return times and values with no value in between where some are missing."""
    found = dict(zip(line.times, line.values, strict=True))
    first, last = line.times[0], line.times[-1]
    times = [first + n * STEP_SECONDS for n in range(int((last - first) / STEP_SECONDS) + 1)]
    return times, [found.get(at, math.nan) for at in times]


def _choose_ticks(panel: Panel, top: float) -> Locator:
    if panel.defaults["unit"] == "s" and top > HOUR / 6:
        return MultipleLocator(HOUR / 6)
    return MaxNLocator(nbins=5, integer=panel.defaults.get("decimals") == 0)


def _wrap(text: str) -> str:
    return text.replace(" (", "\n(")


def _draw_table(box: Axes, panel: Panel, _stops: list[Line]) -> None:
    inner = _draw_frame(box, panel)
    inner.set_axis_off()
    rows = list(panel.list_cells())
    if not rows:
        inner.text(0.02, 0.8, panel.defaults["noValue"], transform=inner.transAxes, color=GREY)
        return
    table = inner.table(
        cellText=[list(row.values()) for row in rows], colLabels=list(rows[0]), loc="upper left"
    )
    table.auto_set_column_width(list(range(len(rows[0]))))


def _draw_frame(box: Axes, panel: Panel) -> Axes:
    """Write the title and return what is below it."""
    box.add_patch(Rectangle((0.006, 0.02), 0.988, 0.96, facecolor="white", edgecolor=EDGE))
    box.text(0.02, 0.95, panel.title, size=9, va="top")
    height = panel.document["gridPos"]["h"]
    legend = 1.7 if panel.document["type"] == "timeseries" else 0.6
    return box.inset_axes((0.14, legend / height, 0.83, 1 - (legend + 1) / height))


def _draw_times(inner: Axes, stops: list[Line]) -> None:
    for stop in stops:
        inner.axvspan(stop.times[0], stop.times[-1], color=COLOURS["blue"], alpha=0.08)
    inner.xaxis.set_major_locator(MultipleLocator(HOUR))
    inner.xaxis.set_major_formatter(FuncFormatter(_write_time))
    inner.set_xlim(BEGAN, ENDED)


def _write_time(at: float, _: object) -> str:
    return f"{datetime.fromtimestamp(at, ZONE):%H:%M}"


DRAW = {
    "row": _draw_row,
    "stat": _draw_stat,
    "state-timeline": _draw_states,
    "table": _draw_table,
    "timeseries": _draw_lines,
}
