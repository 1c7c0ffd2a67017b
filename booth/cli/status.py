"""The verbs ``status`` and ``runs``."""

from __future__ import annotations

import gc
import time
from typing import Any

from django.db import connection

from booth import operations
from booth.cli.output import Output
from booth.cli.render import render_runs, render_status
from booth.documents import describe_error, describe_run, describe_status
from booth.errors import StoreError

WATCH_SECONDS = 2.0
_CLEAR = "\033[H\033[2J"


def show_status(options: dict[str, Any], output: Output) -> int:
    """Print the status, with ``watch`` again and again until Ctrl-C or the reader's leave."""
    if not options["watch"]:
        _show(options, output)
        return 0
    gc.enable()  # this process stays
    while not output.loss:
        try:
            _show(options, output, clear=True)
        except StoreError as error:
            connection.close()  # Django does not connect anew by itself
            if options["json"]:
                output.write_json({"error": describe_error(error)})
            else:
                output.write(f"{error.message} [{error.code}]")
        time.sleep(WATCH_SECONDS)
    return 0


def show_runs(options: dict[str, Any], output: Output) -> int:
    """Print the history, newest run first."""
    runs = operations.list_runs(limit=options["limit"])
    if options["json"]:
        output.write_json([describe_run(run) for run in runs])
    else:
        output.write(*render_runs(runs))
    return 0


def _show(options: dict[str, Any], output: Output, *, clear: bool = False) -> None:
    status = operations.read_status()
    if clear and output.stdout.isatty():
        output.stdout.write(_CLEAR, ending="")
    if options["json"]:
        output.write_json(describe_status(status))
    else:
        output.write(*render_status(status))
