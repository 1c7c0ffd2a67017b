"""Turns a database's URL into an entry of Django's ``DATABASES``, or says what is wrong with it.

What may stand in a PostgreSQL URL is judged by libpq itself, which is imported only for one. No
sentence holds a value of the URL: any of it may be a secret that slipped.
"""

from __future__ import annotations

import os
import re
import socket
from stat import S_ISREG
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

FORM = "postgres://사용자:암호@호스트:5432/이름 또는 sqlite:////경로 형식이어야 합니다."
QUOTING = (
    "주소에 든 특수 문자는 퍼센트 인코딩하세요: "
    "@는 %40, :는 %3A, /는 %2F, ?는 %3F, #은 %23, %는 %25, 공백은 %20."
)
MAX_DATABASE_NAME = 63
MAX_CONNECT_TIMEOUT = 600
_POSTGRESQL = re.compile(r"(?:postgres|postgresql|pgsql)://(?:([^/?]*)@)?(.*)", re.DOTALL)
_MISQUOTED = re.compile("[@ ]|%(?![0-9A-Fa-f]{2})")
_PORTS = re.compile(r"([0-9]{1,5}|)(,([0-9]{1,5}|))*")
_SERVER_OPTIONS = re.compile(r"(\s*(-c\s*|--)[A-Za-z_][\w.-]*=(\\.|[^\s\\])*(\s|$))*\s*", re.ASCII)
_READ_ONLY = re.compile(
    r"transaction[-_]read[-_]only\s*=(?!\s*\\?'?(off?|fa?l?s?e?|no?|0)\b)", re.IGNORECASE
)
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")


class UnusableUrl(ValueError):
    """The URL leads to no database; ``str(error)`` is a sentence for people."""


def read_database_url(url: str) -> dict[str, Any]:
    """Return ENGINE, NAME and what else the URL tells. Raises UnusableUrl."""
    if url == "sqlite://:memory:":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    if url.startswith("sqlite:///"):
        return _read_sqlite(url.removeprefix("sqlite:///"))
    if match := _POSTGRESQL.fullmatch(url):
        return _read_postgresql(*match.groups())
    raise UnusableUrl(FORM)


def use_sqlite_file(path: str) -> dict[str, Any]:
    """Return the entry of the SQLite file at ``path``. Raises UnusableUrl where none can be."""
    try:
        is_usable = S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        is_usable = True  # it is made; a folder that is missing may be mounted later
    except (OSError, ValueError):
        is_usable = False
    if path != ":memory:" and (not is_usable or path.startswith("file:")):
        raise UnusableUrl(
            "SQLite 파일을 그 경로에 둘 수 없습니다. 보통 파일의 경로인지, 그 폴더에 들어갈 수 "
            "있는지 확인하세요."
        )
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path}


def _read_sqlite(rest: str) -> dict[str, Any]:
    path, _, query = rest.partition("?")
    if not path:
        raise UnusableUrl(FORM)
    if "/" in query:
        raise UnusableUrl(QUOTING)
    return use_sqlite_file(unquote(path))


def _read_postgresql(user: str | None, rest: str) -> dict[str, Any]:
    path, _, query = rest.partition("?")
    if "@" in path or (user is None and "@" in query):
        raise UnusableUrl(f"암호나 이름의 일부가 호스트나 경로로 읽힙니다. {QUOTING}")
    try:
        from psycopg import Error
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise UnusableUrl("PostgreSQL에는 psycopg가 필요합니다. 먼저 설치하세요.") from None
    # What was plain to read before stays so: the last @ ends the password, a lone % is itself.
    userinfo = "" if user is None else _MISQUOTED.sub(lambda found: quote(found[0]), user) + "@"
    names = [name for name, _ in parse_qsl(query, keep_blank_values=True)]
    try:
        found: dict[str, Any] = conninfo_to_dict(f"postgresql://{userinfo}{rest}")
    except (Error, ValueError):
        raise UnusableUrl(_explain(query)) from None
    if repeated := [name for name in names if names.count(name) > 1]:
        raise UnusableUrl(f"옵션 {repeated[0]}: 한 번만 쓰세요.")
    config = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": found.pop("dbname", ""),
        "USER": found.pop("user", ""),
        "PASSWORD": found.pop("password", ""),
        "HOST": found.pop("host", ""),
        "PORT": found.pop("port", ""),
        "OPTIONS": found,
    }
    _judge_place(config)
    _judge_options(found)
    _judge_as_libpq(config)
    return config


def _explain(query: str) -> str:
    """Say what libpq could not read: the first option that it does not take, if it is one."""
    from psycopg import Error, pq
    from psycopg.conninfo import conninfo_to_dict

    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    for option in query.split("&"):
        try:
            conninfo_to_dict(f"postgresql://?{option}")
        except (Error, ValueError):
            name = unquote(option.partition("=")[0])
            if name in known:
                return f"옵션 {name}: 값을 읽을 수 없습니다. {QUOTING}"
            if "@" not in query and re.fullmatch("[A-Za-z_]{1,40}", name):
                return f"옵션 {name}: PostgreSQL에 없는 옵션입니다. 철자를 확인하거나 지우세요."
    return f"{FORM} {QUOTING}"


def _judge_place(config: dict[str, Any]) -> None:
    if not (config["NAME"] or "service" in config["OPTIONS"]):
        raise UnusableUrl(f"데이터베이스의 이름이 없습니다. {FORM} {QUOTING}")
    if len(config["NAME"]) > MAX_DATABASE_NAME:
        raise UnusableUrl(f"데이터베이스의 이름이 {MAX_DATABASE_NAME}자를 넘습니다.")
    ports = config["PORT"]
    if not _PORTS.fullmatch(ports) or any(
        not 1 <= int(port) <= 65_535 for port in ports.split(",") if port
    ):
        raise UnusableUrl(f"포트는 1 이상 65535 이하의 정수여야 합니다. {FORM} {QUOTING}")


def _judge_options(options: dict[str, str]) -> None:
    """Refuse what libpq would take, but no run could live with."""
    seconds = options.get("connect_timeout", "1")
    if not re.fullmatch("[0-9]{1,3}", seconds) or not 1 <= int(seconds) <= MAX_CONNECT_TIMEOUT:
        raise UnusableUrl(
            f"옵션 connect_timeout: 1 이상 {MAX_CONNECT_TIMEOUT} 이하의 정수여야 합니다."
        )
    for name in _FILES:
        path = options.get(name, "")
        if path not in {"", "system"} and not os.path.isfile(path):
            raise UnusableUrl(f"옵션 {name}: 그 경로에 파일이 없습니다. 경로를 확인하세요.")
    if not _SERVER_OPTIONS.fullmatch(options.get("options", "")):
        raise UnusableUrl("옵션 options: '-c 이름=값' 꼴이어야 합니다.")
    read_only = {
        "options": bool(_READ_ONLY.search(options.get("options", ""))),
        "target_session_attrs": options.get("target_session_attrs", "")
        in {"read-only", "standby", "prefer-standby"},
        "replication": options.get("replication", "") not in {"", "0", "off", "no", "false"},
    }
    for name, is_read_only in read_only.items():
        if is_read_only:
            raise UnusableUrl(f"옵션 {name}: 그 값으로는 아무것도 저장할 수 없습니다. 지우세요.")


def _judge_as_libpq(config: dict[str, Any]) -> None:
    """Refuse what libpq refuses before it says a word to a server."""
    options = config["OPTIONS"]
    if _is_accepted(options, hosts=config["HOST"].count(","), ports=config["PORT"].count(",")):
        return
    for name, value in options.items():
        if name != "hostaddr" and not _is_accepted({name: value}):
            raise UnusableUrl(f"옵션 {name}: 값이 잘못되었습니다. 값을 고치거나 지우세요.")
    names = ", ".join(["호스트", "포트", *options])
    raise UnusableUrl(f"서로 맞지 않는 것이 있습니다 ({names}). 값과 개수를 확인하세요.")


def _is_accepted(options: dict[str, str], *, hosts: int = 0, ports: int = 0) -> bool:
    """Tell whether libpq begins to connect with ``options``, to a port of ours.

    ``hosts`` and ``ports`` are how many there are beyond the first. It checks values only then,
    and some only once it has a socket; nothing is sent.
    """
    from psycopg import pq
    from psycopg.conninfo import make_conninfo

    try:
        server = socket.create_server(("127.0.0.1", 0))
    except OSError:  # no loopback here: the connection itself will tell
        return True
    with server:
        port = str(server.getsockname()[1])
        place = {
            "host": ",".join(["127.0.0.1"] * (hosts + 1)),
            "port": ",".join([port] * (ports + 1)),
            "user": "nobody",
            "dbname": "nothing",
        }
        if "hostaddr" in options:
            place["hostaddr"] = re.sub("[^,]+", "127.0.0.1", options["hostaddr"])
        try:
            begun = pq.PGconn.connect_start(make_conninfo(**options | place).encode())
        except ValueError:
            return False
        status = begun.status
        begun.finish()
    return status != pq.ConnStatus.BAD
