"""Measures a run against references in the same session: `make bench`.

A. A whole process that syncs 5 booths, against one that only does `django.setup()` with the same
   settings; SQLite, interleaved.
B. An unchanged feed of 10,000 booths of 10 menus, against download, decode and one SELECT per
   table; PostgreSQL, in one process, interleaved.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sample_upstream import SampleUpstream
from tests.database import pytest_unconfigure, start_postgresql

ROOT = Path(__file__).parent.parent
PROCESS_ROUNDS = 15
FEED_ROUNDS = 7
SETUP = "import django; django.setup()"


def main() -> None:
    """Print both comparisons."""
    with tempfile.TemporaryDirectory(prefix="booth-sync-bench-") as folder:
        _compare_processes(Path(folder))
        try:
            _compare_feeds(Path(folder))
        finally:
            pytest_unconfigure()


def _compare_processes(folder: Path) -> None:
    with SampleUpstream(booths=5, menus=10) as upstream:
        environment = os.environ | {
            "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}",
            "BOOTH_SYNC_API_URL": upstream.url,
            "BOOTH_SYNC_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "project.settings.run",
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        run = [sys.executable, "manage.py", "booth_sync", "sync"]

        def start(*command: str) -> None:
            subprocess.run(
                command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
            )

        start(sys.executable, "manage.py", "migrate", "--verbosity", "0")
        _compare(
            "5 booths, whole process / django.setup()",
            lambda: start(*run),
            lambda: start(sys.executable, "-c", SETUP),
            rounds=PROCESS_ROUNDS,
        )


def _compare_feeds(folder: Path) -> None:
    os.environ["DATABASE_URL"] = start_postgresql(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings.run"
    os.environ["BOOTH_SYNC_LOG_LEVEL"] = "ERROR"
    with SampleUpstream(booths=10_000, menus=10) as upstream:
        os.environ["BOOTH_SYNC_API_URL"] = upstream.url
        import django

        django.setup()
        from bench.feed import analyze, migrate, read_by_hand, sync

        migrate()
        sync()
        analyze()
        _compare(
            "10,000 x 10 unchanged, run / download + decode + SELECT",
            sync,
            read_by_hand,
            rounds=FEED_ROUNDS,
        )


def _compare(
    title: str, measured: Callable[[], None], reference: Callable[[], None], *, rounds: int
) -> None:
    measured()
    reference()
    pairs = [(_time(measured), _time(reference)) for _ in range(rounds)]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{title}: {ours:.3f} s / {theirs:.3f} s = {ratio:.2f} (medians of {rounds})")


def _time(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
