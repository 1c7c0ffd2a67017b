"""Text measured and folded by the columns of a terminal, of which Hangul takes two."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

COLUMNS = 80


def measure(text: str) -> int:
    """Return the columns that ``text`` takes."""
    widths = (
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )
    return sum(widths)


def pad(text: str, width: int) -> str:
    """Return ``text`` with blanks behind it up to ``width`` columns."""
    return text + " " * (width - measure(text))


def fold(line: str, *, columns: int = COLUMNS) -> Iterator[str]:
    """Yield ``line`` as lines of at most ``columns``, broken at blanks; further ones indented.

    A word that is longer, such as an address, stays whole. So does a line with colors.
    """
    if measure(line) <= columns or "\033" in line:
        yield line
        return
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    head, *words = line.lstrip().split(" ")
    shown = indent[2:] + head
    for word in words:
        if measure(shown) + 1 + measure(word) > columns:
            yield shown
            shown = indent + word
        else:
            shown += f" {word}"
    yield shown
