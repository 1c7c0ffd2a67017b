"""A Prometheus that knows a time at which it did not run."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from .expressions import RULES
from .servers import Prometheus, serving_prometheus
from .story import BEGAN, ENDED, MINUTES, Sample, tell
from .versions import find

PASSES = 2
"""Rules ask for what other rules have recorded: each pass lets one more layer have its figures."""


@contextmanager
def serving_story(folder: Path) -> Iterator[Prometheus]:
    """Yield a Prometheus that knows the story and what the rules would have recorded of it."""
    story, data = folder / "story.txt", folder / "data"
    story.write_text("\n".join([*_write_story(), "# EOF", ""]))
    _run("create-blocks-from", "openmetrics", story, data)
    for _ in range(PASSES):
        with _serving(folder) as prometheus:
            span = (f"--start={BEGAN:.0f}", f"--end={ENDED:.0f}", "--eval-interval=1m")
            where = (f"--output-dir={data}", f"--url={prometheus.url}")
            _run("create-blocks-from", "rules", *span, *where, RULES)
    with _serving(folder) as prometheus:
        yield prometheus


def _serving(folder: Path) -> AbstractContextManager[Prometheus]:
    options = [
        "--storage.tsdb.retention.time=100y",
        "--query.lookback-delta=1m",  # nothing marks where a series that was backfilled ends
    ]
    return serving_prometheus(find("prometheus"), {}, folder=folder, options=options)


def _write_story() -> Iterator[str]:
    for minute in range(MINUTES + 1):
        yield from _write(tell(minute), at=BEGAN + minute * 60)


def _write(samples: Iterable[Sample], *, at: float) -> Iterator[str]:
    for name, labels, value in samples:
        told = ",".join(f'{key}="{text}"' for key, text in labels.items())
        yield f"{name}{{{told}}} {value!r} {at:.0f}"


def _run(*arguments: str | Path) -> None:
    command: list[str | Path] = [find("promtool"), "tsdb", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
