"""Runs ``manage.py`` in many environments, each in a process forked from one with its imports.

A process of its own for each would spend its time on imports. Nothing of Django is set up, and no
module of ours is imported, before the fork: each child reads its settings anew.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

PRELOADED = (
    *("django.core.management.commands.check", "django.db.models", "django.contrib.admin.sites"),
    *("django.contrib.auth.hashers", "django.template.backends.django", "django.views.debug"),
    *("django.db.backends.sqlite3.base", "msgspec.inspect", "requests", "psycopg", "zoneinfo"),
    *("prometheus_client", "logging.config", "cronsim", "django.core.checks.security.base"),
)
ROOT = Path(__file__).parent.parent
MAX_SECONDS = 20


def main() -> None:
    """Read cases from standard input and write what each came to, one JSON document a line.

    A case is ``[variables, arguments]``; an answer its exit code and its output.
    """
    for name in PRELOADED:
        __import__(name)
    for line in sys.stdin:
        variables, arguments = json.loads(line)
        print(json.dumps(run(variables, arguments)), flush=True)  # noqa: T201


def run(variables: dict[str, str], arguments: list[str]) -> dict[str, Any]:
    """Return the exit code (negative: the signal that ended it) and the output of one command."""
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            signal.alarm(MAX_SECONDS)
            null = os.open(os.devnull, os.O_RDONLY)
            for number, source in enumerate((null, output.fileno(), output.fileno())):
                os.dup2(source, number)
            os.environ.update(variables)
            sys.argv = ["manage.py", *arguments]
            code = 1
            try:
                runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
            except BaseException as bug:
                sys.excepthook(type(bug), bug, bug.__traceback__)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "output": output.read().decode(errors="replace"),
        }


if __name__ == "__main__":
    main()
