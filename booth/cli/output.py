"""Standard output and error of a command: the one place where they are masked."""

from __future__ import annotations

import getpass
import json
import os
import traceback
from typing import Any

from booth.config.masking import redact
from booth.errors import BUG


class Output:
    """The command's two streams; whatever is written to them is without secrets."""

    def __init__(self, stdout: Any, stderr: Any) -> None:
        self.stdout = stdout
        self.stderr = stderr

    @property
    def has_color(self) -> bool:
        """Whether standard output is a terminal whose user has not set NO_COLOR."""
        return bool(self.stdout.isatty()) and not os.environ.get("NO_COLOR")

    def write(self, *lines: str) -> None:
        """Write lines to standard output, at once: who waits for them may be a person."""
        for line in lines:
            self.stdout.write(redact(line))
        self.stdout.flush()

    def write_json(self, document: Any) -> None:
        """Write one JSON document; masked before it is serialised, it stays JSON."""
        self.stdout.write(json.dumps(redact(document), ensure_ascii=False, indent=2))
        self.stdout.flush()

    def complain(self, *lines: str) -> None:
        """Write lines to standard error."""
        self.stderr.write(redact("\n".join(lines)))

    def complain_of(self, bug: BaseException) -> None:
        """Write what Python would print of a bug, and a sentence; the exit code is 1."""
        trace = "".join(traceback.format_exception(bug))
        self.complain(f"{trace}{BUG} [internal: {type(bug).__name__}]")


def find_user_name() -> str:
    """Return who runs the command, empty for a numeric user without an entry (a container)."""
    try:
        return "".join(char for char in getpass.getuser() if char.isprintable())[:150]
    except (KeyError, OSError):
        return ""
