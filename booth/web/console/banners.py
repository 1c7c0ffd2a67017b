"""What is said at the top of the next page of what somebody has just pressed."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest
from msgspec import Struct

from booth.config.masking import redact


class Banner(Struct, frozen=True):
    """A sentence; ``undo`` is what would take it back (start or stop), ``run`` the run it made."""

    kind: str
    text: str
    undo: str = ""
    run: int | None = None


def say(
    request: HttpRequest, kind: str, text: str, *, undo: str = "", run: int | None = None
) -> None:
    """Keep a banner, without secrets, for the next page; ``kind`` is success, warning or error."""
    level = {"success": messages.SUCCESS, "warning": messages.WARNING, "error": messages.ERROR}
    messages.add_message(request, level[kind], redact(text), extra_tags=f"{undo}/{run or ''}")


def take(request: HttpRequest) -> Iterator[Banner]:
    """Yield the banners kept so far, each once."""
    for message in messages.get_messages(request):
        undo, _, run = (message.extra_tags or "/").partition("/")
        number = int(run) if run.isdigit() else None
        yield Banner(message.level_tag, str(message.message), undo, number)
