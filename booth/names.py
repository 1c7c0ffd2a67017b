"""What fits into a row: one spelling for each name (docs/architecture.md), and the limits."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_NAME = 100
"""Longest name in characters, as in D-Order's own database."""

MAX_COUNT = 2**31 - 1
"""Largest count that the upstream, PostgreSQL's integer and SQLite all hold."""

_HANGUL_FILLER = re.compile("[\u115f\u1160\u3164\uffa0]")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})


@lru_cache(maxsize=65536)
def clean_name(name: str) -> str:
    """Return ``name`` in NFC, without invisible characters, white space collapsed.

    White space counts before invisible characters, so that a line break separates two words
    rather than joining them. The result may be empty.
    """
    if _is_clean(name):
        return name
    spaced = re.sub(r"\s", " ", name)
    visible = _HANGUL_FILLER.sub("", spaced)
    visible = "".join(char for char in visible if unicodedata.category(char) not in _INVISIBLE)
    composed = unicodedata.normalize("NFC", visible)
    return " ".join(composed.split())


def _is_clean(name: str) -> bool:
    return (
        name.isprintable()
        and unicodedata.is_normalized("NFC", name)
        and _HANGUL_FILLER.search(name) is None
        and "  " not in name
        and name == name.strip()
    )
