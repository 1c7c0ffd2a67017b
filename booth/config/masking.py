"""Which values of the settings are secrets, and values without them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from booth.redact import Redactor

T = TypeVar("T")
_SECRET_OPTIONS = ("sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
"""Options of libpq that are as secret as its password."""
MAX_WORD = 9
"""Parts of a heartbeat's path that are longer are taken for keys; ``heartbeat`` is a word."""


def redact(value: T) -> T:
    """Return a text, or a document of dicts and lists, without the secrets of the settings.

    Called where values leave the process, and nowhere else: by the command's output, the log
    formatters and whoever closes a row.
    """
    return find_redactor()(value)


@lru_cache(maxsize=1)
def find_redactor() -> Redactor:
    """Return the redactor of the settings in force, made once for each process."""
    return Redactor(collect_secrets())


def collect_secrets() -> Iterator[str]:
    """Yield every value that must appear nowhere."""
    yield str(getattr(settings, "BOOTH_SYNC_API_TOKEN", ""))
    for value in dict(getattr(settings, "BOOTH_SYNC_API_HEADERS", {})).values():
        yield from (value, value.partition(" ")[2])  # with and without a scheme such as Bearer
    username = getattr(settings, "BOOTH_SYNC_PUSHGATEWAY_USERNAME", "")
    password = getattr(settings, "BOOTH_SYNC_PUSHGATEWAY_PASSWORD", "")
    if password:
        yield from (password, f"{username}:{password}")  # as Basic auth encodes the two
    yield str(settings.SECRET_KEY)
    yield str(getattr(settings, "BOOTH_SYNC_ADMIN_PASSWORD", ""))
    for database in settings.DATABASES.values():
        options = database.get("OPTIONS", {})
        secrets = (database.get("PASSWORD"), *map(options.get, _SECRET_OPTIONS))
        yield from (str(secret) for secret in secrets if secret)
    yield from _collect_whole_url(str(getattr(settings, "BOOTH_SYNC_HEARTBEAT_URL", "")))
    for name in ("BOOTH_SYNC_API_URL", "BOOTH_SYNC_PUSHGATEWAY_URL", "BOOTH_SYNC_PROXY"):
        yield from _collect_url_secrets(getattr(settings, name, ""))


def _collect_url_secrets(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        yield url
        return
    userinfo = parts.netloc.rpartition("@")[0]
    yield from (userinfo, *userinfo.split(":", 1), parts.query, parts.fragment)
    yield from (value for _, value in parse_qsl(parts.query))


def _collect_whole_url(url: str) -> Iterator[str]:
    """Yield an address who knows which can speak for the run, and each part that makes it so."""
    yield url
    yield from _collect_url_secrets(url)
    with suppress(ValueError):
        parts = urlsplit(url)
        yield from (parts.path, *(part for part in parts.path.split("/") if len(part) > MAX_WORD))
