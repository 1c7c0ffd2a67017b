"""Whole runs against a misbehaving upstream, with the limits that a run has by default.

``python -m bench.http_faults [--repeats 4] [--at-once 6]`` prints, for each fault, the exit code,
the longest run, the peak memory, and how often a planted secret came out (faults.md, B).
"""

from __future__ import annotations

import argparse
import socket
import ssl
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from bench.processes import Ended, migrate, run_sync
from sample_upstream import SampleUpstream
from tests.certificates import certify

FAULTS = (
    *("status-404", "status-500", "status-502", "status-503", "delay", "silent"),
    *("drip-headers", "drip-body", "cut-headers", "truncated", "overstated-length"),
    *("reset", "reset-body"),
    *("gzip-bomb", "endless", "huge-header", "many-headers", "bad-chunk", "bad-status-line"),
    *("redirect-loop", "redirect-other", "redirect-scheme"),
)
QUERIES = {
    "status-503": {"retry_after": "20"},
    "delay": {"seconds": "60"},
    "drip-headers": {"interval": "0.5"},
    "endless": {"limit": "60"},
}
EXIT_UNAVAILABLE = 69
MAX_SECONDS = 47.0
MAX_MEBIBYTES = 150.0
CANARY = "canary"
SECRETS = {
    "BOOTH_SYNC_API_TOKEN": "canary-token-c41",
    "BOOTH_SYNC_API_HEADERS": '{"X-Key": "canary-header-a0f"}',
    "BOOTH_SYNC_LOG_LEVEL": "DEBUG",
}


def main() -> int:
    """Print the table and return 1 if a figure is beyond its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--at-once", type=int, default=6)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="booth-sync-bench-")))
        migrated = migrate(folder)
        urls = dict(_open_upstreams(stack, folder))
        names = [name for name in urls for _ in range(options.repeats)]
        with ThreadPoolExecutor(options.at_once) as pool:
            ended = list(pool.map(lambda name: _run(migrated, urls[name]), names))
    return _print(list(zip(names, ended, strict=True)))


def _open_upstreams(stack: ExitStack, folder: Path) -> Iterator[tuple[str, str]]:
    upstream = stack.enter_context(SampleUpstream())
    for name in FAULTS:
        yield name, upstream.fault_url(name, token="canary-query-93c", **QUERIES.get(name, {}))
    tls_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls_context.load_cert_chain(certify(folder))
    yield "self-signed", stack.enter_context(SampleUpstream(tls_context=tls_context)).url
    yield "no-tls", upstream.url.replace("http:", "https:")
    yield "no-host", "http://booths.invalid/?token=canary-query-93c"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield "nobody-listens", f"http://127.0.0.1:{port}/?token=canary-query-93c"


def _run(migrated: Path, url: str) -> Ended:
    planted = url.replace("://", "://canary-user-5e1:canary-pass-77b@", 1)
    return run_sync(migrated, BOOTH_SYNC_API_URL=planted, **SECRETS)


def _print(runs: list[tuple[str, Ended]]) -> int:
    print(f"{'fault':<20}{'codes':>8}{'max s':>8}{'max MiB':>9}{'secrets':>9}")
    for name in dict(runs):
        own = [ended for each, ended in runs if each == name]
        print(f"{name:<20}{_join_codes(own):>8}{_summarize(own)}")
    for name, ended in runs:
        if ended.code != EXIT_UNAVAILABLE:
            print(f"{name} ended with {ended.code}:\n{ended.printed}")
    everything = [ended for _, ended in runs]
    print(f"{len(runs):<20}{_join_codes(everything):>8}{_summarize(everything)}")
    is_within = all(
        ended.code == EXIT_UNAVAILABLE
        and ended.seconds <= MAX_SECONDS
        and ended.mebibytes <= MAX_MEBIBYTES
        and not _count_hits(ended)
        for ended in everything
    )
    return 0 if is_within else 1


def _join_codes(runs: list[Ended]) -> str:
    return ",".join(map(str, sorted({ended.code for ended in runs})))


def _summarize(runs: list[Ended]) -> str:
    seconds = max(ended.seconds for ended in runs)
    mebibytes = max(ended.mebibytes for ended in runs)
    return f"{seconds:>8.1f}{mebibytes:>9.1f}{sum(map(_count_hits, runs)):>9}"


def _count_hits(ended: Ended) -> int:
    return (ended.printed + ended.rows).lower().count(CANARY)


if __name__ == "__main__":
    sys.exit(main())
