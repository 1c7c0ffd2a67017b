"""The verbs ``status`` and ``runs``."""

from __future__ import annotations

import gc
import time
from typing import Any

from django.db import connection

from booth.cli.output import print_json, print_lines, render_json
from booth.cli.render import render_runs, render_status
from booth.config.masking import redact
from booth.errors import StoreError
from booth.status import list_runs, make_document, make_run_document, read_status

WATCH_SECONDS = 2.0
_CLEAR = "\033[H\033[2J"


def show_status(options: dict[str, Any], *, stdout: Any) -> int:
    """Print the status, with ``watch`` again and again until Ctrl-C."""
    if not options["watch"]:
        print_lines(stdout, _show(options))
        return 0
    gc.enable()  # this process stays
    while True:
        lines = _render(options)
        if stdout.isatty():
            stdout.write(_CLEAR, ending="")
        print_lines(stdout, lines)
        stdout.flush()
        time.sleep(WATCH_SECONDS)


def show_runs(options: dict[str, Any], *, stdout: Any) -> int:
    """Print the history, newest run first."""
    runs = list_runs(limit=options["limit"])
    if options["json"]:
        print_json(stdout, [make_run_document(run) for run in runs])
    else:
        print_lines(stdout, render_runs(runs))
    return 0


def _render(options: dict[str, Any]) -> list[str]:
    """Return the status, or why the database does not tell it just now."""
    try:
        return _show(options)
    except StoreError as error:
        connection.close()  # Django does not connect anew by itself
        message = redact(error.message)
        document = {"error": {"code": error.code, "message": message}}
        return [render_json(document) if options["json"] else f"{message} [{error.code}]"]


def _show(options: dict[str, Any]) -> list[str]:
    status = read_status()
    return [render_json(make_document(status))] if options["json"] else list(render_status(status))
