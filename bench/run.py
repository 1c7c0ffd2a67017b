"""Measures a run against references in the same session: `make bench`.

A. A whole process that syncs 5 booths, against one that only does `django.setup()` with the same
   settings; SQLite.
B. An unchanged feed of 10,000 booths of 10 menus, read from a file, against a process that reads
   and decodes that file and selects each table once; SQLite and PostgreSQL.
C. The first load of that feed into PostgreSQL, against a process that reads and decodes it and
   copies the same rows (COPY) into tables without index or constraint.

Measured and reference take turns, and the median of the ratios counts. Of B the peak memory of the
process is printed, too.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from sample_upstream import SampleUpstream
from tests.database import pytest_unconfigure, start_postgresql

ROOT = Path(__file__).parent.parent
PROCESS_ROUNDS = 15
FEED_ROUNDS = 7
RUN = ("manage.py", "booth_sync", "sync")
SETUP = ("-c", "import django; django.setup()")


def main() -> None:
    """Print every comparison."""
    with tempfile.TemporaryDirectory(prefix="booth-sync-bench-") as name:
        folder = Path(name)
        sqlite = f"sqlite:///{folder / 'bench.sqlite3'}"
        try:
            _compare_small(sqlite)
            feed = _download(folder, booths=10_000, menus=10)
            postgresql = start_postgresql(folder)
            for kind, url in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
                _compare_unchanged(kind, url, feed)
            _compare_first_load(postgresql, feed)
        finally:
            pytest_unconfigure()


def _compare_small(database: str) -> None:
    with SampleUpstream(booths=5, menus=10) as upstream:
        environment = _make_environment(database, BOOTH_SYNC_API_URL=upstream.url)
        _start(environment, "manage.py", "migrate", "--verbosity", "0")
        _compare(
            "5 booths, whole process / django.setup()",
            lambda: _start(environment, *RUN),
            lambda: _start(environment, *SETUP),
            rounds=PROCESS_ROUNDS,
        )


def _compare_unchanged(kind: str, database: str, feed: Path) -> None:
    environment = _make_environment(database)
    run = (*RUN, "--allow-shrink", "--from-file", str(feed))
    _start(environment, "manage.py", "migrate", "--verbosity", "0")
    _start(environment, *run)
    _start(environment, "-m", "bench.feed", "analyze")
    _compare(
        f"10,000 x 10 unchanged on {kind}, whole process / read + decode + SELECT",
        lambda: _start(environment, *run),
        lambda: _start(environment, "-m", "bench.feed", "read", str(feed)),
        rounds=FEED_ROUNDS,
    )
    print(f"  peak memory {_measure_peak(environment, *run):.0f} MiB")


def _compare_first_load(database: str, feed: Path) -> None:
    environment = _make_environment(database)
    _compare(
        "10,000 x 10 first load on PostgreSQL, whole process / read + decode + COPY",
        lambda: _start(environment, *RUN, "--from-file", str(feed)),
        lambda: _start(environment, "-m", "bench.feed", "copy", str(feed)),
        rounds=FEED_ROUNDS,
        prepare=lambda: _start(environment, "-m", "bench.feed", "empty"),
    )


def _compare(
    title: str,
    measured: Callable[[], None],
    reference: Callable[[], None],
    *,
    rounds: int,
    prepare: Callable[[], None] = lambda: None,
) -> None:
    pairs = []
    for _ in range(rounds + 1):  # the first warms caches up
        prepare()
        pairs.append((_time(measured), _time(reference)))
    ratio = statistics.median(ours / theirs for ours, theirs in pairs[1:])
    ours, theirs = (statistics.median(column) for column in zip(*pairs[1:], strict=True))
    print(f"{title}: {ours:.3f} s / {theirs:.3f} s = {ratio:.2f} (medians of {rounds})", flush=True)


def _time(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _download(folder: Path, *, booths: int, menus: int) -> Path:
    """Return the file of a sample upstream's answer."""
    import urllib3

    feed = folder / "feed.json"
    with SampleUpstream(booths=booths, menus=menus) as upstream:
        feed.write_bytes(urllib3.request("GET", upstream.url, timeout=30).data)
    return feed


def _make_environment(database: str, **variables: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("BOOTH_SYNC_", "DJANGO_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {
        "DATABASE_URL": database,
        "BOOTH_SYNC_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "project.settings.run",
        **variables,
    }


def _start(environment: Mapping[str, str], *arguments: str) -> None:
    command = [sys.executable, *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def _measure_peak(environment: Mapping[str, str], *arguments: str) -> float:
    """Return the most memory in MiB that a process held at once."""
    script = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=-3);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", script, sys.executable, *arguments]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return int(ended.stdout) / 1024


if __name__ == "__main__":
    main()
