"""What a run came to, told to those outside who watch over it, without ever failing it."""

from __future__ import annotations

import time

from msgspec.structs import replace

from booth.config.options import Options
from booth.sync import heartbeat, push
from booth.sync.report import RunReport

LEAST_SECONDS = 1.0
"""For a push after a heartbeat that used up their time: a gateway is near and answers at once."""


def announce(report: RunReport, options: Options, *, timeout: float | None = None) -> None:
    """Send the heartbeat and push the figures of a run that was more than a rehearsal.

    Both together take ``timeout`` seconds, by default those of a push, and at most one more. The
    heartbeat goes first: what it tells is due also where nothing of the cluster answers.
    """
    if report.dry_run:
        return
    seconds = timeout or options.push.timeout
    began = time.monotonic()
    heartbeat.send(report, options=replace(options.heartbeat, timeout=seconds))
    left = max(seconds - (time.monotonic() - began), min(LEAST_SECONDS, seconds))
    push.push(report, options=replace(options.push, timeout=left))
