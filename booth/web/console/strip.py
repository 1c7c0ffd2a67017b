"""The last runs as bars: how long each took by its height, what came of it by its pattern."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from booth.models import SyncRun

RUNS = 24
HEIGHT, WIDTH, GAP, LEAST = 48, 10, 2, 4
LEGEND = {
    SyncRun.Status.SUCCEEDED: "■",
    SyncRun.Status.PARTIAL: "▨",
    SyncRun.Status.FAILED: "▩",
    SyncRun.Status.ABORTED: "▥",
    SyncRun.Status.LOST: "▦",
    SyncRun.Status.RUNNING: "□",
}
"""The pattern of each result, as text shows it."""


class Bar(Struct, frozen=True):
    """A run; figures in units of the drawing, whose origin is at the top left."""

    run: SyncRun
    x: int
    y: int
    height: int


class Strip(Struct, frozen=True):
    """The bars, oldest first, and the seconds of the tallest."""

    bars: tuple[Bar, ...]
    longest: float
    summary: str

    @property
    def width(self) -> int:
        """The width of the drawing, the same however many runs there are."""
        return RUNS * (WIDTH + GAP)


def make_strip(runs: Sequence[SyncRun]) -> Strip:
    """Return the bars of the newest runs, which come newest first."""
    shown = list(reversed(runs[:RUNS]))
    longest = max((run.duration or 0.0 for run in shown), default=0.0)
    bars = []
    for place, run in enumerate(shown, RUNS - len(shown)):
        share = (run.duration or 0.0) / longest if longest else 0.0
        height = LEAST + round((HEIGHT - LEAST) * share)
        bars.append(Bar(run, place * (WIDTH + GAP), HEIGHT - height, height))
    return Strip(tuple(bars), longest, _summarize(shown))


def _summarize(runs: Sequence[SyncRun]) -> str:
    counts = {status: sum(run.status == status for run in runs) for status in LEGEND}
    return " · ".join(f"{status.label} {count}" for status, count in counts.items() if count)
