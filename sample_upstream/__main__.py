"""The command line: `python -m sample_upstream`."""

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sample_upstream.upstream import SampleUpstream

logger = logging.getLogger("sample_upstream")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT and return the exit code.

    That is 0 after a signal, 1 if the address cannot be had, 2 for wrong options.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        return _serve(_make_parser(), arguments)
    return 0


def _serve(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        upstream = _make_upstream(options)
    except ValueError as error:
        parser.error(str(error))
    except OSError as error:
        sys.stderr.write(f"cannot listen on {options.host}:{options.port}: {error.strerror}\n")
        return 1
    with upstream, suppress(KeyboardInterrupt):
        _announce(upstream.url, ready_file=options.ready_file)
        _live(upstream, every=options.tick)
    return 0


def _make_upstream(options: argparse.Namespace) -> SampleUpstream:
    return SampleUpstream(
        booths=options.booths,
        menus=options.menus,
        seed=options.seed,
        twins=options.twins,
        host=options.host,
        port=options.port,
        allow_remote=options.allow_remote,
        require_token=options.require_token,
    )


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sample_upstream", description="A stand-in for the D-Order server."
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument("--port", type=int, default=8100, help="0 picks a free one")
    parser.add_argument("--booths", type=int, default=15, help="booths of different names")
    parser.add_argument("--menus", type=int, default=10, help="menus per booth")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same story")
    parser.add_argument("--twins", type=int, default=1, help="empty namesakes, on top")
    parser.add_argument("--tick", type=_read_seconds, help="seconds between steps")
    parser.add_argument("--ready-file", type=Path, help="where to write the URL when ready")
    parser.add_argument("--require-token", help="refuse requests without this token")
    parser.add_argument("--allow-remote", action="store_true", help="allow any --host")
    return parser


def _read_seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError("must be more than 0 and at most 86400 seconds")
    return seconds


def _announce(url: str, *, ready_file: Path | None) -> None:
    if ready_file is not None:
        unfinished = ready_file.with_name(f".{ready_file.name}.{os.getpid()}")
        unfinished.write_text(url + "\n", encoding="utf-8")
        unfinished.replace(ready_file)
    sys.stdout.write(url + "\n")
    sys.stdout.flush()


def _live(upstream: SampleUpstream, *, every: float | None) -> None:
    while True:
        time.sleep(every or 3600)
        if every is not None:
            tick = upstream.tick()
            counts = " ".join(f"{kind}={count}" for kind, count in tick.count_kinds().items())
            logger.info("the world moved step=%d %s", tick.step, counts)


if __name__ == "__main__":
    sys.exit(main())
