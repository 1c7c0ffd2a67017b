"""A database's URL becomes Django's settings, or a sentence without any value of it."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from project.environment import Environment
from tests.conftest import ROOT, run_command

DUMMY = "django.db.backends.dummy"
POSTGRESQL = "django.db.backends.postgresql"
SQLITE = "django.db.backends.sqlite3"
URL = "postgres://me:canary@db.example/festival"


def read(monkeypatch: pytest.MonkeyPatch, url: str) -> tuple[dict[str, Any], str]:
    """Return what a variable with ``url`` is read as, and what is said of it."""
    monkeypatch.setenv("BOOTH_X", url)
    env = Environment()
    config = env.database("BOOTH_X", Path("/default.sqlite3"))
    return config, " ".join(env.problems.values())


def refuse(monkeypatch: pytest.MonkeyPatch, url: str) -> str:
    """Return what is said of an unusable ``url``, which reaches no database and is not shown."""
    config, sentence = read(monkeypatch, url)
    assert config == {"ENGINE": DUMMY}
    assert sentence.startswith("BOOTH_X: ")
    assert "canary" not in sentence
    return sentence


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "pgsql"])
def test_a_postgresql_url_is_read(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    url = f"{scheme}://me:$p%40ss%2F@db.example:5433/festival?sslmode=require&connect_timeout=3"
    assert read(monkeypatch, url) == (
        {
            "ENGINE": POSTGRESQL,
            "NAME": "festival",
            "USER": "me",
            "PASSWORD": "$p@ss/",
            "HOST": "db.example",
            "PORT": "5433",
            "OPTIONS": {"sslmode": "require", "connect_timeout": "3"},
        },
        "",
    )


@pytest.mark.parametrize(
    ("rest", "host", "port"),
    [
        ("u:p@%2Fvar%2Frun%2Fpostgresql/db", "/var/run/postgresql", ""),
        ("/db?host=/var/run/postgresql&port=5433", "/var/run/postgresql", "5433"),
        ("u:p@h1:5432,h2:5433/db", "h1,h2", "5432,5433"),
        ("u:p@[::1]:5433/db", "::1", "5433"),
        ("h1,h2/db?hostaddr=10.0.0.1,10.0.0.2", "h1,h2", ","),
        ("u:p@h/db?options=-c%20default_transaction_read_only%3Doff", "h", ""),
        ("u:p@h/db?ssl=true&application_name=a@b", "h", ""),
    ],
)
def test_every_place_that_libpq_knows_is_one(
    monkeypatch: pytest.MonkeyPatch, rest: str, host: str, port: str
) -> None:
    config, sentence = read(monkeypatch, f"postgres://{rest}")
    assert sentence == ""
    assert (config["NAME"], config["HOST"], config["PORT"]) == ("db", host, port)


@pytest.mark.parametrize("password", ["p#w", "p@w", "p:w", "p%w", "p[w", "p w", "p&=+;w", "비밀"])
def test_a_password_that_stayed_in_its_place_is_itself(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    config, sentence = read(monkeypatch, f"postgres://me:{password}@h/db")
    assert (config["PASSWORD"], config["HOST"], sentence) == (password, "h", "")


@pytest.mark.parametrize(
    "authority",
    ["can/ary@h", "1/canary@h", "can?ary@h", "can?x=ary@h", "a@b/canary@h", "a@b?sslmode=canary@h"],
)
def test_a_password_that_moved_elsewhere_is_recognised(
    monkeypatch: pytest.MonkeyPatch, authority: str
) -> None:
    sentence = refuse(monkeypatch, f"postgres://me:{authority}/db")
    assert "퍼센트 인코딩" in sentence


@pytest.mark.parametrize(
    "option",
    [
        *("schema=public", "sslmod=require", "pool=true", "pgbouncer=true", "conn_max_age=60"),
        *(
            "server_side_binding=1",
            "isolation_level=2",
            "assume_role=canary",
            "prepare_threshold=1",
        ),
        *("autocommit=False", "read_only=1", "AUTOCOMMIT=0", "sslmode=requir", "sslmode=", "ssl=1"),
        *("connect_timeout=abc", "connect_timeout=", "connect_timeout=0", "connect_timeout=99999"),
        *("keepalives=yes", "keepalives_idle=canary", "tcp_user_timeout=5s", "sslmode"),
        *("options=canary", "options=-c canary=1", "options=-c%20x", "gssencmode=canary"),
        *("options=-c%20default_transaction_read_only%3Don", "target_session_attrs=canary"),
        *("options=--default-transaction-read-only%3Dtrue", "target_session_attrs=read-only"),
        *("options=-c%20work_mem%3D1MB%20-cdefault_transaction_read_only%3D1", "service=canary"),
        *("target_session_attrs=standby", "replication=database", "sslrootcert=/canary.pem"),
        *("sslcert=/dev/zero", "channel_binding=x", "require_auth=canary", "sslmode=%FF"),
        *("min_protocol_version=9", "sslmode=require&sslmode=disable", "sslmode=require%00"),
    ],
)
def test_an_option_that_no_connection_could_have_is_named(
    monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    sentence = refuse(monkeypatch, f"{URL}?{option}")
    assert f"옵션 {option.partition('=')[0]}: " in sentence


@pytest.mark.parametrize("option", ["hostaddr=10.0.0.1,10.0.0.2", "port=1,2", "a b=c", "=x", "&&"])
def test_options_that_fit_nothing_are_refused(monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    refuse(monkeypatch, f"{URL}?{option}")


@pytest.mark.parametrize(
    "url",
    [
        *("postgres", "/db.sqlite3", "postgres://", "postgres:///", "postgresql:/db"),
        *("mysql://me:canary@host/db", "postgres://me:canary@host:port/db"),
        *("postgres://me:canary@host:99999/db", "postgres://me:canary@host:0/db"),
        *(
            "postgres://me:canary@[::1/db",
            "postgres://me:canary@host",
            "postgres://me:canary@host/",
        ),
        *("postgres://me:canary/db", "postgres://me:%ffcanary@h/db", f"postgres://h/{'x' * 64}"),
        *("sqlite://canary.sqlite3", "sqlite://", "sqlite:", "sqlite:///", "sqlite:///file:canary"),
        *("sqlite:////canary?/db", "postgres://h:1_0/db", "postgres://h:٣/db"),
    ],
)
def test_a_wrong_url_is_told_and_reaches_no_database(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    refuse(monkeypatch, url)


def test_without_a_driver_a_postgresql_url_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg.conninfo", None)
    assert "psycopg" in refuse(monkeypatch, URL)


@pytest.mark.parametrize(
    ("rest", "name"),
    [
        ("//db.sqlite3", "/db.sqlite3"),
        ("/db.sqlite3", "db.sqlite3"),
        ("//a+b #1%3F%41.sqlite3", "/a+b #1?A.sqlite3"),
        ("//db.sqlite3?sslmode=require", "/db.sqlite3"),
        (":memory:", ":memory:"),
    ],
)
def test_an_sqlite_url_is_read(monkeypatch: pytest.MonkeyPatch, rest: str, name: str) -> None:
    url = f"sqlite://{rest}"
    assert read(monkeypatch, url) == ({"ENGINE": SQLITE, "NAME": name}, "")


def test_a_path_where_no_file_can_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("", "pipe", "loop", "loop/x", "pipe/x", "x" * 300, "a%00"):
        refuse(monkeypatch, f"sqlite:///{tmp_path}/{name}")
    refuse(monkeypatch, "sqlite:////dev/zero")


@pytest.mark.parametrize("folder", ["a b", "#1", "a?b", "%41", "a+b", "축제", "'q\"", "file:"])
def test_the_default_file_may_lie_in_any_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str
) -> None:
    monkeypatch.delenv("BOOTH_X", raising=False)
    (tmp_path / folder).mkdir()
    path = tmp_path / folder / "db.sqlite3"
    env = Environment()
    assert env.database("BOOTH_X", path) == {"ENGINE": SQLITE, "NAME": str(path)}
    assert (env.problems, env.variables) == ({}, {"BOOTH_X": f"sqlite:///{path}"})


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"sqlite:////a\nb", "pipe"])
def test_a_file_that_gives_no_url_gives_no_database(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | str | None
) -> None:
    if isinstance(content, bytes):
        (tmp_path / "url").write_bytes(content)
    elif content == "pipe":
        os.mkfifo(tmp_path / "url")
    monkeypatch.setenv("BOOTH_X_FILE", str(tmp_path / "url"))
    env = Environment()
    assert env.database("BOOTH_X", tmp_path / "db.sqlite3") == {"ENGINE": DUMMY}
    assert list(env.problems) == ["BOOTH_X"]


def test_without_a_loopback_the_connection_itself_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")

    monkeypatch.setattr(socket, "create_server", refuse)
    monkeypatch.setenv("BOOTH_X", "postgres://me:word@host/name?sslmode=require")
    env = Environment()
    assert env.database("BOOTH_X", Path("db.sqlite3"))["ENGINE"] == POSTGRESQL
    assert env.problems == {}


@pytest.mark.parametrize("variable", ["DATABASE_URL", "DATABASE_URL_FILE"])
def test_no_command_falls_back_to_the_default_database(variable: str) -> None:
    default = ROOT / "db.sqlite3"
    before = default.exists()
    wrong: Any = {variable: "/nonexistent", "BOOTH_SYNC_API_URL": "http://h.invalid/"}
    for verb in ("sync", "status", "runs", "doctor"):
        ended = run_command("booth_sync", verb, **wrong)
        assert ended.returncode == (1 if verb == "doctor" else 78), ended.stderr
        assert "DATABASE_URL" in ended.stdout + ended.stderr
    for command in ("check", "migrate", "showmigrations"):
        ended = run_command(command, **wrong)
        assert (ended.returncode, "DATABASE_URL" in ended.stderr) == (78, True)
    assert default.exists() == before
