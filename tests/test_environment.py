"""The environment is read strictly, from variables and from files."""

from pathlib import Path
from typing import Any

import pytest

from project.environment import Environment

DUMMY = "django.db.backends.dummy"
POSTGRESQL = "django.db.backends.postgresql"
SQLITE = "django.db.backends.sqlite3"


DEFAULTS: dict[type, Any] = {str: "default", int: 7, float: 7.5, tuple: ("a", "b", "c"), dict: {}}


def read(kind: type) -> tuple[Any, dict[str, str]]:
    """Return what BOOTH_X is read as, and the problems met."""
    env = Environment()
    return env("BOOTH_X", DEFAULTS[kind]), env.problems


@pytest.mark.parametrize(
    ("kind", "raw", "wanted"),
    [
        (str, "  텍스트 ", "텍스트"),
        (str, "$HOME", "$HOME"),
        (int, "300", 300),
        (int, "-1", -1),
        (float, "2.5", 2.5),
        (tuple, " a, ,b,", ("a", "b")),
        (dict, '{"X-Key": "a=b,c"}', {"X-Key": "a=b,c"}),
        (str, "", "default"),
        (int, " \n", 7),
    ],
)
def test_a_usable_value_is_read_in_its_type(
    monkeypatch: pytest.MonkeyPatch, kind: type, raw: str, wanted: Any
) -> None:
    monkeypatch.setenv("BOOTH_X", raw)
    assert read(kind) == (wanted, {})


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (int, "5.0"),
        (int, "5s"),
        (int, "9" * 5000),
        (float, "nan"),
        (float, "inf"),
        (float, "1e999"),
        (float, "3,5"),
        (dict, "X-Key=1"),
        (dict, "[]"),
        (dict, '{"X-Key": 1}'),
        pytest.param(dict, "[" * 100_000, id="deep"),
    ],
)
def test_an_unusable_value_is_told_without_itself_and_the_default_taken(
    monkeypatch: pytest.MonkeyPatch, kind: type, raw: str
) -> None:
    monkeypatch.setenv("BOOTH_X", raw)
    value, problems = read(kind)
    assert value == DEFAULTS[kind]
    assert list(problems) == ["BOOTH_X"]
    assert problems["BOOTH_X"].startswith("BOOTH_X: ")
    assert raw not in problems["BOOTH_X"]


def test_a_variable_that_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOOTH_X", raising=False)
    assert read(int) == (7, {})


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n"])
def test_a_secret_in_a_file_may_end_in_a_line_break_and_start_with_a_dollar(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / "token"
    path.write_bytes(f"$HOME-{{x}}{ending}".encode())
    monkeypatch.setenv("BOOTH_X_FILE", str(path))
    assert read(str) == ("$HOME-{x}", {})


def test_a_file_comes_before_the_variable_and_an_empty_path_is_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "number").write_text("5")
    monkeypatch.setenv("BOOTH_X", "4")
    monkeypatch.setenv("BOOTH_X_FILE", "")
    assert read(int) == (4, {})
    monkeypatch.setenv("BOOTH_X_FILE", str(tmp_path / "number"))
    assert read(int) == (5, {})


@pytest.mark.parametrize("name", ["absent", ".", "latin"])
def test_an_unreadable_file_is_told_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (tmp_path / "latin").write_bytes(b"\xff\xfe")
    monkeypatch.setenv("BOOTH_X", "not this one either")
    monkeypatch.setenv("BOOTH_X_FILE", str(tmp_path / name))
    value, problems = read(str)
    assert value == "default"
    assert problems == {"BOOTH_X": "BOOTH_X_FILE이 가리키는 파일을 읽을 수 없습니다."}


def read_database(monkeypatch: pytest.MonkeyPatch, url: str) -> tuple[dict[str, Any], list[str]]:
    monkeypatch.setenv("BOOTH_X", url)
    env = Environment()
    return env.database("BOOTH_X", ""), list(env.problems.values())


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "pgsql"])
def test_a_postgresql_url_is_read(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    url = f"{scheme}://me:$p%40ss%2F@db.example:5433/festival?sslmode=require"
    config, problems = read_database(monkeypatch, url)
    assert problems == []
    wanted = {"ENGINE": POSTGRESQL, "NAME": "festival", "USER": "me", "PASSWORD": "$p@ss/"}
    wanted |= {"HOST": "db.example"}
    assert {key: config[key] for key in wanted} == wanted
    assert config["PORT"] == 5433
    assert config["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////srv/db.sqlite3", "/srv/db.sqlite3"),
        ("sqlite:///db.sqlite3", "db.sqlite3"),
        ("sqlite://:memory:", ":memory:"),
    ],
)
def test_an_sqlite_url_is_read(monkeypatch: pytest.MonkeyPatch, url: str, name: str) -> None:
    config, problems = read_database(monkeypatch, url)
    assert (config["ENGINE"], config["NAME"], problems) == (SQLITE, name, [])


def test_query_parameters_of_an_sqlite_url_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOTH_X", "sqlite:////srv/db.sqlite3?sslmode=require")
    config = Environment().database("BOOTH_X", "")
    assert (config["NAME"], "OPTIONS" in config) == ("/srv/db.sqlite3", False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "postgres",
        "/srv/db.sqlite3",
        "mysql://me:canary@host/db",
        "postgres://me:canary@host:port/db",
        "postgres://me:canary@host:99999/db",
        "postgres://me:can/ary@host/db",
        "postgres://me:canary@[::1/db",
        "postgres://me:canary@host",
        "postgres://me:canary@host/",
        "sqlite://canary.sqlite3",
        "sqlite://",
        "sqlite:",
    ],
)
def test_a_wrong_database_url_is_told_and_reaches_no_database(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    config, problems = read_database(monkeypatch, url)
    assert config == {"ENGINE": DUMMY}
    assert len(problems) == 1
    assert problems[0].startswith("BOOTH_X")
    assert "canary" not in problems[0]
