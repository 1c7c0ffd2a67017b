"""The environment is read strictly, from variables and from files."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from project.environment import Environment

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
        (float, "0.5", 0.5),
        (float, "-3", -3.0),
        (str, "\ufeff\u200b값\u200d\x00\r\n", "값"),
        (str, "\ufeff\u200b", "default"),
        (dict, '{\r\n\t"X-Key": "a"\r\n}\r\n', {"X-Key": "a"}),
        (tuple, "a,\r\nb\n", ("a", "b")),
        (float, "2.5", 2.5),
        (tuple, " a, ,b,", ("a", "b")),
        (dict, '{"X-Key": "a=b,c"}', {"X-Key": "a=b,c"}),
        (str, "", "default"),
        (int, " \n", 7),
    ],
)
def test_a_usable_value_is_read_in_its_type(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: type, raw: str, wanted: Any
) -> None:
    (tmp_path / "value").write_bytes(raw.encode())  # no variable can hold a NUL
    monkeypatch.setenv("BOOTH_X_FILE", str(tmp_path / "value"))
    assert read(kind) == (wanted, {})
    if "\x00" not in raw:
        monkeypatch.delenv("BOOTH_X_FILE")
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
        (float, "1e3"),
        (float, "1_0.5"),
        (float, ".5"),
        (float, "٣.٥"),
        (float, "9" * 5000),
        (float, "+5"),
        (float, "0x10"),
        (int, "1_0"),
        (int, "٣"),
        (int, "１０"),
        (int, "+5"),
        (int, "1e3"),
        (int, "0x10"),
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


@pytest.mark.parametrize("kind", [str, tuple, dict])
@pytest.mark.parametrize(
    ("found", "hidden"),
    [
        ("U+0000", "\x00"),
        ("U+001B", "\x1b"),
        ("U+200B", "\u200b"),
        ("U+202E", "\u202e"),
        ("U+FEFF", "\ufeff"),
        ("U+2028", "\u2028"),
        ("UTF-8", "\udcff"),
    ],
)
def test_what_cannot_be_seen_is_refused_inside_a_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: type, found: str, hidden: str
) -> None:
    (tmp_path / "secret").write_bytes(f"can{hidden}ary".encode("utf-8", "surrogateescape"))
    monkeypatch.setenv("BOOTH_X_FILE", str(tmp_path / "secret"))
    value, problems = read(kind)
    assert (value, list(problems)) == (DEFAULTS[kind], ["BOOTH_X"])
    assert found in problems["BOOTH_X"]
    assert "can" not in problems["BOOTH_X"]


@pytest.mark.parametrize("hidden", ["\n", "\r\n", "\t"])
def test_only_what_is_laid_out_in_lines_may_hold_line_breaks(
    monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    monkeypatch.setenv("BOOTH_X", f"can{hidden}ary")
    assert read(str)[0] == "default"
    assert read(tuple)[1] == {}


@pytest.mark.parametrize("content", [b"\xff\xfet\x00o\x00", "토큰".encode("cp949")])
def test_a_file_in_another_encoding_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv("BOOTH_X_FILE", str(tmp_path / "secret"))
    value, problems = read(str)
    assert value == "default"
    assert "UTF-8" in problems["BOOTH_X"]


def test_a_label_may_hold_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOTH_X", "pod\x1b\udcff" * 9)
    env = Environment()
    assert env.label("BOOTH_X", "none") == "pod\x1b\udcff" * 9
    assert (env.label("BOOTH_Y", "none"), env.problems) == ("none", {})


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


@pytest.mark.parametrize(
    "name", ["absent", ".", "pipe", "socket", "loop", "long", "x" * 300, "file/x"]
)
def test_an_unreadable_file_is_told_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("")
    (tmp_path / "long").write_text("x" * 65_537)
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
    monkeypatch.setenv("BOOTH_X", "not this one either")
    monkeypatch.setenv("BOOTH_X_FILE", str(tmp_path / name))
    value, problems = read(str)
    assert value == "default"
    assert list(problems) == ["BOOTH_X"]
    assert problems["BOOTH_X"].startswith("BOOTH_X_FILE이 가리키는 파일을 읽을 수 없습니다.")
