"""The dashboard as a picture for the docs: ``python -m tests.prometheus.picture [FILE]``.

Grafana is not run here: places, titles, texts, colours and limits are the dashboard's, figures are
what its own queries find in a real Prometheus, and the looks are ours.
"""

from __future__ import annotations

import hashlib
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.conftest import ROOT

from .backfill import serving_story
from .drawing import DRAW
from .expressions import DASHBOARD, RULES
from .panels import Line, Panel, ask_panels, ask_stops

PICTURE = ROOT / "docs" / "pictures" / "dashboard.png"
COLUMNS, COLUMN_INCHES, ROW_INCHES, SHADES = 24, 0.62, 0.36, 256
BACKGROUND = "#f4f5f5"
STYLE: dict[Any, Any] = {
    "font.family": ["Noto Sans CJK JP", "DejaVu Sans"],
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#c8c8c8",
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#e8e8e8",
    "legend.frameon": False,
    "legend.fontsize": 6,
    "legend.handlelength": 1.2,
    "legend.columnspacing": 1,
    "figure.facecolor": BACKGROUND,
}


def main(path: Path = PICTURE) -> None:
    """Write the picture."""
    with (
        tempfile.TemporaryDirectory(prefix="booth-sync-") as folder,
        serving_story(Path(folder)) as watcher,
    ):
        draw(ask_panels(watcher), ask_stops(watcher), path)


def draw(panels: list[Panel], stops: list[Line], path: Path) -> None:
    """Write a picture of the panels, with the stops laid over those that show a time."""
    grids = [panel.document["gridPos"] for panel in panels]
    rows = max(grid["y"] + grid["h"] for grid in grids)
    with rc_context(STYLE):
        figure = Figure(figsize=(COLUMNS * COLUMN_INCHES, rows * ROW_INCHES), dpi=100)
        for panel, grid in zip(panels, grids, strict=True):
            box = figure.add_axes(_place(grid, rows))
            box.set_axis_off()
            DRAW[panel.document["type"]](box, panel, stops)
        drawn = io.BytesIO()
        figure.savefig(drawn)
    about = PngInfo()
    about.add_text(*describe().popitem())
    picture = Image.open(drawn).convert("RGB").quantize(SHADES)
    picture.save(path, optimize=True, pnginfo=about)


def describe() -> dict[str, str]:
    """Return what a picture of the dashboard and the rules as they are says of itself."""
    shown = DASHBOARD.read_bytes() + RULES.read_bytes()
    return {"Comment": f"drawn from {hashlib.sha256(shown).hexdigest()}"}


def _place(grid: dict[str, int], rows: int) -> tuple[float, float, float, float]:
    """Return left, bottom, width and height in shares of the figure, from the grid of Grafana."""
    bottom = rows - grid["y"] - grid["h"]
    return grid["x"] / COLUMNS, bottom / rows, grid["w"] / COLUMNS, grid["h"] / rows


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
