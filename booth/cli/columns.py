"""Text measured and folded by the columns of a terminal, of which Hangul takes two."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

COLUMNS = 80
_BLANK = re.compile(r" (?![^\[\]]*\])")
"""Where a line may be broken: not within a code in brackets, which people search for."""


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
    head, *words = _BLANK.split(line.lstrip())
    shown = indent[2:] + head
    for word in words:
        if measure(shown) + 1 + measure(word) > columns:
            yield shown
            shown = indent + word
        else:
            shown += f" {word}"
    yield shown
