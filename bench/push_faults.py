"""Whole runs with a Pushgateway, a watchdog or both in trouble, against runs without them.

``python -m bench.push_faults [--repeats 20] [--at-once 4]`` prints, for each of them and each kind
of trouble, how many runs kept their exit code, how many seconds the slowest took beyond the median
of runs that announce nothing, and how many had exactly one WARNING line for each.
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
GATEWAY, WATCHDOG = "BOOTH_SYNC_PUSHGATEWAY_URL", "BOOTH_SYNC_HEARTBEAT_URL"
WHO = {"gateway": (GATEWAY,), "watchdog": (WATCHDOG,), "both": (GATEWAY, WATCHDOG)}


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
        usual = statistics.median(_repeat(pool, sync, options.repeats)[0])
        print(f"{'in trouble':<12}{'how':<12}{'kept code':>10}{'max added s':>13}{'warned':>13}")
        for who, names in WHO.items():
            for kind, open_gateway in KINDS.items():
                with open_gateway() as url:
                    told = dict.fromkeys(names, url)
                    seconds, runs = _repeat(pool, sync, options.repeats, **told)
                added = max(seconds) - usual
                kept = sum(ended.code == 0 for ended in runs)
                warned = sum(ended.printed.count(" WARNING ") == len(names) for ended in runs)
                print(f"{who:<12}{kind:<12}{kept:>10}{added:>13.1f}{warned:>13}")
                good += sum(_is_good(ended, usual=usual, warnings=len(names)) for ended in runs)
    total = options.repeats * len(KINDS) * len(WHO)
    print(f"{good}/{total} good; a run that announces nothing: {usual:.2f} s")
    return 0 if good == total else 1


def _repeat(
    pool: ThreadPoolExecutor, sync: partial[Ended], repeats: int, **variables: str
) -> tuple[list[float], list[Ended]]:
    futures = [pool.submit(sync, **variables) for _ in range(repeats)]
    runs = [future.result() for future in futures]
    return [ended.seconds for ended in runs], runs


def _is_good(ended: Ended, *, usual: float, warnings: int) -> bool:
    is_quiet = ended.printed.count(" WARNING ") == warnings and "Traceback" not in ended.printed
    return ended.code == 0 and ended.seconds - usual <= MAX_ADDED and is_quiet


if __name__ == "__main__":
    sys.exit(main())
