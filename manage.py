#!/usr/bin/env python
"""Django's command line; ``booth_sync`` starts with the small settings of a run."""

from __future__ import annotations

import gc
import os
import signal
import sys
from types import FrameType

from booth.cli.signals import leave, raise_on_termination
from booth.cli.streams import steady_streams
from booth.errors import BoothSyncError

EXIT_CONFIG = 78


def main() -> None:
    """Run the command named on the command line."""
    steady_streams()
    is_run = sys.argv[1:2] == ["booth_sync"]
    try:
        if is_run:
            raise_on_termination()
            gc.disable()  # a run ends before there are cycles worth looking for
        else:
            signal.signal(signal.SIGTERM, _leave)  # as process 1 of a container it would be ignored
        settings = "project.settings.run" if is_run else "project.settings.web"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
        from django.core.management import execute_from_command_line
        from django.core.management.base import SystemCheckError

        execute_from_command_line(sys.argv)
    except SystemExit as end:
        is_refused = isinstance(end.__context__, SystemCheckError)  # for which Django says 1
        sys.exit(EXIT_CONFIG if is_refused else end.code)
    except KeyboardInterrupt as interrupt:
        leave(interrupt)
    except Exception as error:
        if interrupt := _find_interrupt(error):
            leave(interrupt)
        if is_run or "--traceback" in sys.argv:
            raise
        refusal = _explain(error)
        sys.stderr.write(f"{refusal.message} [{refusal.code}]\n")
        sys.exit(refusal.exit_code)
    finally:
        if is_run:
            gc.freeze()  # nor is the end worth a last look at every object there is


def _find_interrupt(error: BaseException | None) -> KeyboardInterrupt | None:
    """Return the signal behind an error: where it comes while a class is made, Python 3.11 says
    that making the class failed.
    """
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__
    return error


def _explain(error: Exception) -> BoothSyncError:
    """Return what it means that the database stopped ``migrate`` and its like. Raises all else."""
    from django.db import Error

    from booth.database import require_unicode, translated_errors

    if not isinstance(error, Error | UnicodeError):
        raise error
    try:
        with translated_errors():
            require_unicode()
            raise error
    except BoothSyncError as refusal:
        return refusal


def _leave(signum: int, _frame: FrameType | None) -> None:
    sys.stderr.write("종료 신호를 받아 끝냅니다. [aborted]\n")
    sys.exit(128 + signum)


if __name__ == "__main__":
    main()
