"""What every verb does with its output."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterable
from typing import Any


def print_lines(stream: Any, lines: Iterable[str]) -> None:
    """Write each line."""
    for line in lines:
        stream.write(line)


def print_json(stream: Any, document: Any) -> None:
    """Write one JSON document."""
    stream.write(render_json(document))


def render_json(document: Any) -> str:
    """Return a JSON document as people read it."""
    return json.dumps(document, ensure_ascii=False, indent=2)


def name_user() -> str:
    """Return who runs the command, empty for a numeric user without an entry (a container)."""
    try:
        return "".join(char for char in getpass.getuser() if char.isprintable())[:150]
    except (KeyError, OSError):
        return ""
