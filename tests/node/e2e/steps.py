"""What a long test does, told aloud with times, and kept as a transcript for the docs."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Steps:
    """Says each step with its seconds; remembers commands and what they printed."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.transcript: list[str] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Say how long a step took, or that it failed."""
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self._say(f"  {time.monotonic() - began:6.1f} s  FAILED: {name}")
            raise
        self._say(f"  {time.monotonic() - began:6.1f} s  {name}")

    def tell(self, fact: str) -> None:
        """Say something that was measured."""
        self._say(f"            {fact}")

    def show(self, command: str, output: str) -> str:
        """Keep a command and its output and return the output."""
        self.transcript += [f"$ {command}", *output.rstrip().splitlines(), ""]
        return output
