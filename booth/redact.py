"""Removes secrets from text by their value, whatever the text is and however they are written."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote

MASK = "***"
MIN_SECRET = 4
"""Shortest text that counts as a secret; masking less would garble every sentence."""

_PASS = "surrogatepass"  # noqa: S105 - bytes of the environment that are no UTF-8 must not raise


class Redactor:
    """Callable that replaces every secret in a text by ``***``.

    Each secret is also found URL-quoted, JSON-escaped, Python-escaped and base64-encoded.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        plain = {secret.strip() for secret in secrets}
        forms = {form for secret in plain if len(secret) >= MIN_SECRET for form in _forms(secret)}
        long = [form for form in forms if len(form) >= MIN_SECRET]
        ordered = sorted(long, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, text: str) -> str:
        """Return ``text`` without any secret."""
        return self._pattern.sub(MASK, text) if self._pattern else text


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield unquote(secret)
    yield quote(secret, safe="", errors=_PASS)
    yield quote(secret, errors=_PASS)
    yield quote_plus(secret, errors=_PASS)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    yield json.dumps(repr(secret)[1:-1], ensure_ascii=False)[1:-1]
    yield base64.b64encode(secret.encode(errors=_PASS)).decode().rstrip("=")
