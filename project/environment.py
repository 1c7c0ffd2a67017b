"""Reads the environment once, strictly, and remembers what was wrong instead of stopping.

``manage.py check`` and every command can then say all of it in sentences. Each variable may also
be given as ``NAME_FILE``, the path of a file that holds the value, as secret mounts do.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from stat import S_ISREG
from typing import Any, TypeVar, cast
from unicodedata import category
from zoneinfo import ZoneInfo

import msgspec
from environ import FileAwareMapping

from project.database_url import UnusableUrl, read_database_url, use_sqlite_file

T = TypeVar("T")


class Environment:
    """The variables asked for with their defaults, and the problems met on reading them.

    An empty value counts as not set. White space and what cannot be seen around a value is
    dropped, because mounted files end in a line break and begin with a byte order mark.
    """

    def __init__(self) -> None:
        self.variables: dict[str, Any] = {}
        self.problems: dict[str, str] = {}
        self._source = FileAwareMapping()

    def __call__(self, name: str, default: T) -> T:
        """Return the variable's value in its default's type, or the default if it is unusable."""
        self.variables[name] = default
        read, expected = _KINDS[type(default)]
        raw = self._read(name, allowed="\t\r\n" if type(default) in (dict, tuple) else "")
        if raw == "":
            return default
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

    def label(self, name: str, default: str) -> str:
        """Return the variable's value whatever it holds: it only names something in a row."""
        self.variables[name] = default
        return self._find(name) or default

    def database(self, name: str, default: Path) -> dict[str, Any]:
        """Return Django's settings of the database whose URL is in ``name``, or of an SQLite file.

        An unusable URL gives Django's dummy engine, so that nothing reaches a wrong database.
        """
        url = self(name, "")
        self.variables[name] = f"sqlite:///{default}"
        if not url and os.environ.get(f"{name}_FILE") and name not in self.problems:
            self.problems[name] = f"{name}_FILE이 가리키는 파일이 비어 있습니다. 주소를 넣으세요."
        if name not in self.problems:
            try:
                return read_database_url(url) if url else use_sqlite_file(str(default))
            except UnusableUrl as error:
                self.problems[name] = f"{name}: {error}"
        return {"ENGINE": "django.db.backends.dummy"}

    def _read(self, name: str, *, allowed: str) -> str:
        """Return the value without what cannot be seen around it, empty where there is none.

        Inside it only ``allowed`` may be invisible: anything else was pasted by mistake, and
        nobody would find it.
        """
        text = _strip(self._find(name))
        hidden = [c for c in text if category(c) in _INVISIBLE and c not in allowed]
        if not hidden:
            return text
        found = "UTF-8이 아닌 바이트" if category(hidden[0]) == "Cs" else f"U+{ord(hidden[0]):04X}"
        self.problems[name] = (
            f"{name}: 값 안에 보이지 않는 문자({found})가 있습니다. 지우고 다시 넣으세요."
        )
        return ""

    def _find(self, name: str) -> str:
        try:
            path = os.environ.get(f"{name}_FILE")
            return str(self._source.get(name, "")) if not path or _measure(path) else ""
        except UnicodeDecodeError:
            self.problems[name] = (
                f"{name}_FILE이 가리키는 파일이 UTF-8이 아닙니다. UTF-8로 다시 저장하세요."
            )
            return ""
        except (OSError, ValueError):
            self.problems[name] = (
                f"{name}_FILE이 가리키는 파일을 읽을 수 없습니다. 경로와 권한을 확인하세요."
            )
            return ""


_JSON_OBJECT = msgspec.json.Decoder(dict[str, str])
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_BLANK = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_MAX_FILE = 65_536
"""Bytes; the longest value that a mounted secret could sensibly be."""


def _measure(path: str) -> int:
    """Return the bytes of a plain file. Raises OSError for one too long, ValueError.

    Anything else could keep its reader waiting. The kernel's files, of which some never end, have
    no bytes by this count.
    """
    found = os.stat(path)
    if not S_ISREG(found.st_mode) or found.st_size > _MAX_FILE:
        raise OSError
    return found.st_size


def _strip(text: str) -> str:
    kept = [place for place, char in enumerate(text) if category(char) not in _BLANK]
    return text[kept[0] : kept[-1] + 1] if kept else ""


def _cast_int(raw: str) -> int:
    if not re.fullmatch("-?[0-9]+", raw):
        raise ValueError(raw)
    return int(raw)


def _cast_float(raw: str) -> float:
    """Read a plain decimal: what ``float`` takes besides is more often a slip than a number."""
    if not re.fullmatch(r"-?[0-9]{1,300}(\.[0-9]+)?", raw):
        raise ValueError(raw)
    return float(raw)


def _cast_tuple(raw: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in raw.split(",") if item.strip())


_KINDS: dict[type, tuple[Callable[[str], Any], str]] = {
    str: (str, ""),
    int: (_cast_int, "ASCII 숫자로 쓴 정수"),
    float: (_cast_float, "ASCII 숫자로 쓴 십진수"),
    tuple: (_cast_tuple, "쉼표로 나눈"),
    dict: (_JSON_OBJECT.decode, "이름과 값이 모두 문자열인 JSON 객체"),
}
"""How a value is read, and what is said of one that cannot be."""
