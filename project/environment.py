"""Reads the environment once, strictly, and remembers what was wrong instead of stopping.

``manage.py check`` and every command can then say all of it in sentences. Each variable may also
be given as ``NAME_FILE``, the path of a file that holds the value, as secret mounts do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import environ
import msgspec

T = TypeVar("T")


class Environment:
    """The variables asked for with their defaults, and the problems met on reading them.

    An empty value counts as not set, and white space around a value is dropped, because mounted
    files end in a line break.
    """

    def __init__(self) -> None:
        self.variables: dict[str, Any] = {}
        self.problems: dict[str, str] = {}
        self._source = environ.FileAwareMapping()

    def __call__(self, name: str, default: T) -> T:
        """Return the variable's value in its default's type, or the default if it is unusable."""
        self.variables[name] = default
        raw = self._read(name)
        if raw == "":
            return default
        read, expected = _KINDS[type(default)]
        try:
            return cast(T, read(raw))
        except (ValueError, msgspec.DecodeError, RecursionError):
            self.problems[name] = f"{name}: {expected} 값이어야 합니다."
            return default

    def time_zone(self, name: str, default: str) -> str:
        """Return the variable's value where it names a time zone (IANA), else its default."""
        zone = self(name, default)
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, KeyError):
            self.problems[name] = f"{name}: Asia/Seoul 같은 시간대 이름이어야 합니다."
            return default
        return zone

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Return Django's settings of the database whose URL is in ``name``.

        An unreadable URL gives Django's dummy engine, so that nothing reaches a wrong database.
        """
        url = self(name, default)
        try:
            config = environ.Env.db_url_config(url) if _DATABASE_URL.match(url) else {}
        except (ValueError, TypeError):
            config = {}
        if not config.get("NAME"):
            self.problems[name] = (
                f"{name}을(를) 읽을 수 없습니다. "
                "postgres://사용자:암호@호스트:5432/이름 또는 sqlite:////경로 형식이어야 합니다."
            )
            return {"ENGINE": "django.db.backends.dummy"}
        if config["ENGINE"] == "django.db.backends.sqlite3":
            config.pop("OPTIONS", None)  # sqlite3 raises TypeError at one that it does not know
        return dict(config)

    def _read(self, name: str) -> str:
        try:
            return str(self._source.get(name, "")).strip()
        except (OSError, UnicodeDecodeError):
            self.problems[name] = f"{name}_FILE이 가리키는 파일을 읽을 수 없습니다."
            return ""


_JSON_OBJECT = msgspec.json.Decoder(dict[str, str])
_DATABASE_URL = re.compile(r"(postgres|postgresql|pgsql)://|sqlite:///.|sqlite://:memory:$")
"""Two slashes before an SQLite path would make it a host, and the database one in memory."""


def _cast_float(raw: str) -> float:
    number = float(raw)
    if not math.isfinite(number):
        raise ValueError(raw)
    return number


def _cast_tuple(raw: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in raw.split(",") if item.strip())


_KINDS: dict[type, tuple[Callable[[str], Any], str]] = {
    str: (str, ""),
    int: (int, "정수"),
    float: (_cast_float, "수"),
    tuple: (_cast_tuple, "쉼표로 나눈"),
    dict: (_JSON_OBJECT.decode, "이름과 값이 모두 문자열인 JSON 객체"),
}
"""How a value is read, and what is said of one that cannot be."""
