"""The verb ``sync`` of the command line: from its options to its output and exit code."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from msgspec.structs import replace

from booth.cli.output import name_user, print_json
from booth.cli.render import STAGE_NAMES, render_plan, render_report, supports_color
from booth.cli.signals import raise_on_termination
from booth.config.load import load_options
from booth.config.masking import redact
from booth.config.options import RunRequest
from booth.errors import BUG, BoothSyncError, ConfigError
from booth.sync.report import RunReport, make_document
from booth.sync.run import run_once

PROGRESS_AFTER = 1.0
"""Seconds of silence that a person bears before wondering."""


def sync(options: dict[str, Any], *, stdout: Any, stderr: Any) -> int:
    """Run one sync, print what it came to and return the exit code."""
    raise_on_termination()
    request = RunRequest(
        trigger=options["trigger"],
        requested_by=name_user(),
        dry_run=options["dry_run"],
        from_file=options["from_file"],
        allow_shrink=options["allow_shrink"],
    )
    report = _fail(request, BoothSyncError(BUG, code="internal"))  # until it turns out otherwise
    try:
        with _shown_progress(stderr) as observe:
            report = _run(replace(request, observe=observe))
    finally:
        _print(report, as_json=options["json"], stdout=stdout, stderr=stderr)
    return report.exit_code


def _run(request: RunRequest) -> RunReport:
    try:
        settings = load_options(for_http=not request.from_file)
    except ConfigError as error:
        return _fail(request, error)
    return run_once(request, settings)


def _fail(request: RunRequest, error: BoothSyncError) -> RunReport:
    return RunReport(
        run=None, status="failed", trigger=request.trigger, dry_run=request.dry_run, error=error
    )


def _print(report: RunReport, *, as_json: bool, stdout: Any, stderr: Any) -> None:
    if as_json:
        document = make_document(report)
        if document["error"]:
            document["error"]["message"] = redact(document["error"]["message"])
        print_json(stdout, document)
    elif report.exit_code:
        stderr.write(redact("\n".join(render_report(report))))
    else:
        _print_text(report, stdout=stdout)


def _print_text(report: RunReport, *, stdout: Any) -> None:
    if report.dry_run and report.plan:
        for line in render_plan(report.plan, color=supports_color(stdout)):
            stdout.write(line)
    for line in render_report(report):
        stdout.write(line)


@contextmanager
def _shown_progress(stream: TextIO) -> Iterator[Any]:
    """Yield an observer of stages that a terminal shows as a line while a run takes long."""
    if not stream.isatty():
        yield lambda _stage: None
        return
    stages = ["fetch"]
    done = threading.Event()
    shown = threading.Thread(target=_show, args=(stream, stages, done), daemon=True)
    shown.start()
    try:
        yield stages.append
    finally:
        done.set()
        shown.join()


def _show(stream: Any, stages: list[str], done: threading.Event) -> None:
    began = time.monotonic()
    line_shown = False
    while not done.wait(PROGRESS_AFTER if not line_shown else 0.2):
        line_shown = True
        elapsed = time.monotonic() - began
        stream.write(f"\r{STAGE_NAMES[stages[-1]]} … {elapsed:.1f}초 ", ending="")
        stream.flush()
    if line_shown:
        stream.write("\r\033[K", ending="")
