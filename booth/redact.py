"""Removes secrets by their value, whatever holds them and however they are written."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, cast
from urllib.parse import quote, quote_plus, unquote

T = TypeVar("T")
MASK = "***"
MIN_SECRET = 4
"""Shortest text that counts as a secret; masking less would garble every sentence."""

_PASS = "surrogatepass"  # noqa: S105 - bytes of the environment that are no UTF-8 must not raise
_HEX = re.compile("%[0-9A-F]{2}")


class Redactor:
    """Callable that replaces every secret in a value by ``***``.

    Each secret is also found URL-quoted (with either case of hex) and unquoted, JSON- and
    Python-escaped, and base64-encoded as in Basic auth, made from either form.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        plain = {secret.strip() for secret in secrets}
        long = {secret for secret in plain if len(secret) >= MIN_SECRET}
        bases = long | {unquote(secret) for secret in long}
        forms = {form for base in bases for form in _forms(base) if len(form) >= MIN_SECRET}
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, value: T) -> T:
        """Return ``value`` without any secret; of a dict only the values, its keys are ours.

        Values are masked before they are serialised: a secret such as ``time`` or ``": "``, masked
        in finished JSON, would break it.
        """
        return cast(T, self._mask(value)) if self._pattern else value

    def finds(self, text: str) -> bool:
        """Tell whether ``text`` holds a secret."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def _mask(self, value: Any) -> Any:
        if isinstance(value, str):
            return cast("re.Pattern[str]", self._pattern).sub(MASK, value)
        if isinstance(value, dict):
            return {key: self._mask(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._mask(item) for item in value]
        return value


def _forms(secret: str) -> Iterator[str]:
    yield secret
    for quoted in (
        quote(secret, safe="", errors=_PASS),
        quote(secret, errors=_PASS),
        quote_plus(secret, errors=_PASS),
    ):
        yield quoted
        yield _HEX.sub(lambda code: code[0].lower(), quoted)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    yield json.dumps(repr(secret)[1:-1], ensure_ascii=False)[1:-1]
    yield base64.b64encode(secret.encode(errors=_PASS)).decode().rstrip("=")
