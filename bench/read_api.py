"""Measures the read API against a bare view on the same server: `python -m bench.read_api`.

One process of gunicorn with its threads, asked by wrk. Each target takes its turn in each round;
the median of the ratios to the bare view counts. Needs wrk.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import requests

from sample_upstream import SampleUpstream
from tests.faults.databases import Database
from tests.web.site import DIRECT, manage, serving

ROUNDS = 5
LOAD = ("wrk", "-t1", "-c16", "-d4s")
SIZES = ((40, 10), (1_000, 10))
BARE = "/booths/sync/bare/"
MAX_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")


def main() -> None:
    """Print every comparison, and the memory of the worker."""
    for booths, menus in SIZES:
        with (
            tempfile.TemporaryDirectory(prefix="booth-sync-bench-") as folder,
            SampleUpstream(booths=booths, menus=menus, twins=0) as upstream,
        ):
            database = Database(f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
            manage(database, "migrate", "--verbosity", "0")
            manage(database, "booth_sync", "sync", BOOTH_SYNC_API_URL=upstream.url)
            _compare(database, f"{booths} x {menus}")


def _compare(database: Database, size: str) -> None:
    settings = DIRECT | {
        "DJANGO_SETTINGS_MODULE": "bench.web_settings",
        "MALLOC_ARENA_MAX": "2",  # as the image has it
    }
    with serving(database, **settings) as site:
        tag = requests.get(f"{site.origin}/booths/", timeout=20).headers["ETag"]
        targets = {
            "200": ("/booths/",),
            "200, gzip": ("/booths/", "-H", "Accept-Encoding: gzip"),
            "304": ("/booths/", "-H", f"If-None-Match: {tag}"),
        }
        ratios: dict[str, list[float]] = {name: [] for name in targets}
        for _ in range(ROUNDS):
            bare = _measure(site.origin, BARE)
            for name, (path, *options) in targets.items():
                ratios[name].append(_measure(site.origin, path, *options) / bare)
        for name, found in ratios.items():
            _say(f"{size}, {name} / bare view: {statistics.median(found):.2f}")
        _say(f"{size}, memory of the worker: {_read_memory(site.process.pid)} MiB")


def _measure(origin: str, path: str, *options: str) -> float:
    """Return requests in a second."""
    printed = subprocess.run(
        [*LOAD, *options, f"{origin}{path}"], capture_output=True, text=True, check=True
    )
    if "Non-2xx or 3xx" in printed.stdout:
        raise RuntimeError(printed.stdout)
    return float(MAX_RATE.findall(printed.stdout)[0])


def _read_memory(parent: int) -> int:
    """Return the resident memory of the process below ``parent``, in MiB."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    found = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{children[0]}/status").read_text())
    return int(found[0]) // 1024


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
