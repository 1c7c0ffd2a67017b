"""Whole runs with a Pushgateway in trouble, against runs without one.

``python -m bench.push_faults [--repeats 20] [--at-once 4]`` prints, for each kind of trouble, how
many runs kept their exit code, how many seconds the slowest took beyond the median of runs
without a gateway, and how many had exactly one WARNING line (faults.md, E).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from bench.processes import Ended, migrate, run_sync
from sample_upstream import SampleUpstream
from tests.pushgateway.gateways import KINDS

MAX_ADDED = 5.0


def main() -> int:
    """Print the table and return 1 if a run did not behave."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=4)
    options = parser.parse_args()
    good = 0
    with (
        tempfile.TemporaryDirectory(prefix="booth-sync-bench-") as folder,
        SampleUpstream(booths=5, menus=10) as upstream,
        ThreadPoolExecutor(options.at_once) as pool,
    ):
        sync = partial(run_sync, migrate(Path(folder)), BOOTH_SYNC_API_URL=upstream.url)
        usual = statistics.median(_repeat(pool, sync, options.repeats, url="")[0])
        print(f"{'gateway':<12}{'kept code':>10}{'max added s':>13}{'one WARNING':>13}")
        for kind, open_gateway in KINDS.items():
            with open_gateway() as url:
                seconds, runs = _repeat(pool, sync, options.repeats, url=url)
            added = max(seconds) - usual
            kept = sum(ended.code == 0 for ended in runs)
            warned = sum(ended.printed.count(" WARNING ") == 1 for ended in runs)
            print(f"{kind:<12}{kept:>10}{added:>13.1f}{warned:>13}")
            good += sum(map(partial(_is_good, usual), runs))
    print(f"{good}/{options.repeats * len(KINDS)} good; a run without a gateway: {usual:.2f} s")
    return 0 if good == options.repeats * len(KINDS) else 1


def _repeat(
    pool: ThreadPoolExecutor, sync: partial[Ended], repeats: int, *, url: str
) -> tuple[list[float], list[Ended]]:
    futures = [pool.submit(sync, BOOTH_SYNC_PUSHGATEWAY_URL=url) for _ in range(repeats)]
    runs = [future.result() for future in futures]
    return [ended.seconds for ended in runs], runs


def _is_good(usual: float, ended: Ended) -> bool:
    is_quiet = ended.printed.count(" WARNING ") == 1 and "Traceback" not in ended.printed
    return ended.code == 0 and ended.seconds - usual <= MAX_ADDED and is_quiet


if __name__ == "__main__":
    sys.exit(main())
