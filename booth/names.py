"""What fits into a row: how a name is stored and found again (docs/architecture.md), and limits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

MAX_NAME = 100
"""Longest name in characters, as in D-Order's own database."""

MAX_RAW_NAME = 5 * MAX_NAME
"""Longest name that is looked at: decomposed, a character is up to four, and some are invisible.

Putting combining marks in order takes time that grows with the square of their number.
"""

MAX_COUNT = 2**31 - 1
"""Largest count that the upstream, PostgreSQL's integer and SQLite all hold."""

_PLAIN = re.compile("[!-~가-힣]+(?: [!-~가-힣]+)*")
_INVISIBLE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f\ud800-\udfff"  # Cc, Cs
    # Cf, some of it not ignorable
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f"
    # Default_Ignorable_Code_Point: joiners, fillers, variation selectors, tags
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    # drawn as nothing: the empty Braille cell, the Khitan filler, the musical null notehead
    "\u2800\U00016fe4\U0001d159"
    "]"
)
# The blocks that hold every emoji there is, and the one kept for those to come.
_SYMBOL = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_TAGS = "[\U000e0020-\U000e007e]+\U000e007f"
_EMOJI = f"{_SYMBOL}[\ufe0e\ufe0f]?(?:{_TAGS})?"
_SEQUENCE = f"[0-9#*]\ufe0f\u20e3|{_EMOJI}(?:\u200d{_EMOJI})*"
_KEPT_OR_INVISIBLE = re.compile(f"({_SEQUENCE})|{_INVISIBLE.pattern}")


def keep_printable(text: str) -> str:
    """Return ``text`` without what could steer a terminal or break a line."""
    return "".join(char for char in text if char.isprintable())


@lru_cache(maxsize=16384)
def clean_name(name: str) -> str:
    """Return ``name`` as it is stored: NFC, nothing invisible, white space collapsed.

    Emoji sequences stay whole. White space counts before invisible characters, so that a line
    break separates two words rather than joining them. The result may be empty.
    """
    if _PLAIN.fullmatch(name):
        return name
    visible = re.sub(r"\s", " ", name)
    if _INVISIBLE.search(visible):
        visible = _KEPT_OR_INVISIBLE.sub(r"\1", visible)
    clean = " ".join(unicodedata.normalize("NFC", visible).split())
    return name if clean == name else clean  # one string in memory, not two


@lru_cache(maxsize=262144)  # more than a feed may have: each is asked for several times
def find_key(name: str) -> str:
    """Return what names that look alike have in common, emoji sequences taken apart.

    A name too long to be listed is its own key.
    """
    return _make_key(name, clean_name)


def make_key(name: str) -> str:
    """Return the key of what anybody may send: nothing of it is kept in memory."""
    return _make_key(name, clean_name.__wrapped__)


def _make_key(name: str, clean: Callable[[str], str]) -> str:
    if len(name) > MAX_RAW_NAME or _PLAIN.fullmatch(name):
        return name
    key = unicodedata.normalize("NFC", _INVISIBLE.sub("", clean(name)))
    return name if key == name else key
