"""Standard output and error of a command: the one place where they are masked."""

from __future__ import annotations

import errno
import getpass
import json
import os
import traceback
from collections.abc import Iterable
from typing import Any

from booth.cli.columns import fold
from booth.config.masking import redact
from booth.errors import BUG
from booth.names import keep_printable


class Output:
    """The command's two streams; whatever is written to them is without secrets."""

    def __init__(self, stdout: Any, stderr: Any) -> None:
        self.stdout = stdout
        self.stderr = stderr

    @property
    def has_color(self) -> bool:
        """Whether standard output is a terminal whose user has not set NO_COLOR."""
        return bool(self.stdout.isatty()) and not os.environ.get("NO_COLOR")

    @property
    def loss(self) -> OSError | None:
        """Why standard output did not take all that was written to it, None where it did."""
        error: OSError | None = getattr(self.stdout, "error", None)
        return error

    def write(self, *lines: str) -> None:
        """Write lines to standard output, at once: who waits for them may be a person."""
        self._write(self.stdout, lines)
        self.stdout.flush()

    def write_json(self, document: Any) -> None:
        """Write one JSON document; masked before it is serialised, it stays JSON."""
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        is_ascii = not encoding.lower().startswith("utf")  # what it lacks is escaped, not lost
        self.stdout.write(json.dumps(redact(document), ensure_ascii=is_ascii, indent=2))
        self.stdout.flush()

    def complain(self, *lines: str) -> None:
        """Write lines to standard error."""
        self._write(self.stderr, lines)

    def tell_loss(self) -> None:
        """Say that standard output is out of order, unless its reader, such as head, just left."""
        if self.loss and self.loss.errno != errno.EPIPE:
            what = "표준 출력에 쓰지 못해 결과를 다 보여 드리지 못했습니다."
            self.complain(f"{what} 출력을 받는 곳을 확인하세요. ({self.loss.strerror})")

    def complain_of(self, bug: BaseException) -> None:
        """Write what Python would print of a bug, and a sentence; the exit code is 1."""
        trace = "".join(traceback.format_exception(bug))
        self.stderr.write(redact(trace))
        self.complain(f"{BUG} [internal: {type(bug).__name__}]")

    def _write(self, stream: Any, lines: Iterable[str]) -> None:
        """Write lines, folded where a person reads them; a program finds a sentence whole."""
        for line in lines:
            for shown in redact(line).split("\n"):
                for part in fold(shown) if stream.isatty() else (shown,):
                    stream.write(part)


def find_user_name() -> str:
    """Return who runs the command, empty for a numeric user without an entry (a container)."""
    try:
        return keep_printable(getpass.getuser())[:150]
    except (KeyError, OSError):
        return ""
