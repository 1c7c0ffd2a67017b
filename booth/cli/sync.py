"""The verb ``sync``: from its options to its output and exit code."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from booth.cli.guide import point_to_runbook
from booth.cli.output import Output, find_user_name
from booth.cli.render import render_plan, render_report
from booth.cli.signals import raise_on_termination, settle
from booth.config.options import RunRequest
from booth.errors import BUG, Aborted, BoothSyncError, Terminated
from booth.logs import told_once
from booth.operations import sync_now
from booth.sync.report import RunReport
from booth.texts import STAGES

PROGRESS_AFTER = 1.0
"""Seconds of silence that a person bears before wondering."""


def sync(options: dict[str, Any], output: Output) -> int:
    """Run one sync, print what it came to and return the exit code."""
    stages = ["fetch"]
    request = RunRequest(
        trigger=options["trigger"],
        requested_by=find_user_name(),
        dry_run=options["dry_run"],
        from_file=options["from_file"] or "",
        allow_shrink=options["allow_shrink"],
        observe=stages.append,
    )
    as_json = options["json"]
    report: RunReport | None = None
    try:
        raise_on_termination()
        with _shown_progress(output.stderr, stages), nullcontext() if as_json else told_once():
            report = sync_now(request)
    except Terminated as signal:  # before the run began, or after its end
        report = report or RunReport.of_failure(request, Aborted(signal.signum))
    except Exception:
        if as_json:  # the sentence comes with the traceback
            bug = BoothSyncError(BUG, code="internal")
            _show(RunReport.of_failure(request, bug), output, as_json=True)
        raise
    settle()
    _show(report, output, as_json=as_json)
    return report.exit_code


def _show(report: RunReport, output: Output, *, as_json: bool) -> None:
    if as_json:
        from booth.documents import describe_report

        output.write_json(describe_report(report))
    elif report.error:
        output.complain(*render_report(report), *point_to_runbook(report.error))
    else:
        if report.dry_run and report.plan:
            output.write(*render_plan(report.plan, color=output.has_color))
        output.write(*render_report(report))


@contextmanager
def _shown_progress(stream: Any, stages: list[str]) -> Iterator[None]:
    """Show a terminal the last of ``stages`` as a line while a run takes long."""
    if not stream.isatty():
        yield
        return
    done = threading.Event()
    shown = threading.Thread(target=_show_progress, args=(stream, stages, done.wait), daemon=True)
    shown.start()
    try:
        yield
    finally:
        done.set()
        shown.join()


def _show_progress(stream: Any, stages: list[str], wait: Callable[[float], bool]) -> None:
    began = time.monotonic()
    if wait(PROGRESS_AFTER):
        return
    while not wait(0.2):
        elapsed = time.monotonic() - began
        stream.write(f"\r{STAGES[stages[-1]]} … {elapsed:.1f}초 ", ending="")
        stream.flush()
    stream.write("\r\033[K", ending="")
