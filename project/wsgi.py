"""WSGI entry point of the web process."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings.web")

_PLAIN_TYPE = re.compile(r"[^;]*(;\s*boundary=[^;*]*)?")
_answer = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request, of whose Content-Type no parameter counts but the boundary of a form.

    Django reads the others before any middleware, and an odd one is an error that nobody catches.
    All that is sent here is UTF-8.
    """
    kind = environ.get("CONTENT_TYPE", "")
    if not _PLAIN_TYPE.fullmatch(kind):
        environ["CONTENT_TYPE"] = kind.partition(";")[0]
    return _answer(environ, start_response)
