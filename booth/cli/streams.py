"""Standard streams that take whatever is written, so that they decide nothing that a command does.

What an encoding lacks is replaced; what a full disk or a reader that left does not take is lost.
"""

from __future__ import annotations

import io
import os
import select
import sys
from typing import Any


class _Sink(io.FileIO):
    """A descriptor to write to; ``error`` is the first failure to do so."""

    error: OSError | None = None

    def write(self, data: Any) -> int:
        """Return how many bytes are done with: written, or lost."""
        try:
            while (written := super().write(data)) is None:  # the descriptor does not block
                select.select((), (self,), ())
        except OSError as error:
            self.error = self.error or error
            return len(data)
        return written


class _Stream(io.TextIOWrapper):
    """Text on a sink."""

    def __init__(self, sink: _Sink, **options: Any) -> None:
        super().__init__(io.BufferedWriter(sink), errors="replace", **options)
        self._sink = sink

    @property
    def error(self) -> OSError | None:
        """Why something of what was written is lost, None where nothing is."""
        return self._sink.error


def steady_streams() -> None:
    """Replace the streams of this process, and put the null device where one is closed.

    A closed one's number would else be that of the next file: a database, and errors go into it.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != descriptor:
                os.dup2(null, descriptor)
                os.close(null)
            mode = "w" if descriptor else "r"
            stream = os.fdopen(descriptor, mode, encoding="utf-8", closefd=False)
            setattr(sys, name, stream)
        if descriptor and type(stream) is io.TextIOWrapper and stream.fileno() == descriptor:
            stream.flush()
            by_lines = stream.line_buffering or stream.write_through
            sink = _Sink(descriptor, "w", closefd=False)
            steady = _Stream(sink, encoding=stream.encoding, line_buffering=by_lines)
            setattr(sys, name, steady)
