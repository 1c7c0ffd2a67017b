"""Log lines: text or JSON, to console and file, without secrets."""

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from booth.config import masking
from booth.logs import LogFile, TextFormatter, make_json_formatter, make_logging
from tests.conftest import ROOT, make_environment, run_command

SECRET = 'to"ken\\가-canary'
FORMATTERS = {"text": TextFormatter, "json": make_json_formatter}

SCRIPT = """
import logging, logging.config, sys
from booth.logs import make_logging
problems = {}
logging.config.dictConfig(make_logging(
    level=sys.argv[1], style=sys.argv[2], path=sys.argv[3], problems=problems))
logging.getLogger("booth.sync").debug("낱낱이")
logging.getLogger("booth.sync").info("시작 name=%s", "포차")
logging.getLogger("elsewhere").info("남의 일")
logging.getLogger("elsewhere").warning("남의 경고")
"""


@pytest.fixture(autouse=True)
def secret(settings: Any) -> Iterator[None]:
    """Let SECRET be the only secret of note."""
    masking.find_redactor.cache_clear()
    settings.BOOTH_SYNC_API_TOKEN = SECRET
    yield
    masking.find_redactor.cache_clear()


def make_record(message: str, *args: Any, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("booth.sync", logging.INFO, "sync.py", 1, message, args, info)


def log_in_a_process(*arguments: str) -> list[str]:
    """Return the lines that a process with this logging writes to its standard error."""
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=ROOT,
        env=make_environment(DJANGO_SETTINGS_MODULE="project.settings.run"),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return ended.stderr.splitlines()


def fail(message: str) -> BaseException:
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


def test_a_text_line_holds_time_level_logger_and_message() -> None:
    line = TextFormatter().format(make_record("부스 %d개", 3))
    assert line.endswith(" INFO booth.sync 부스 3개")
    assert line[:4].isdigit()


def test_a_json_line_is_one_object_with_korean_spelled_out() -> None:
    line = make_json_formatter().format(make_record("부스\n%d개", 3))
    assert "\n" not in line
    assert "부스" in line
    told = json.loads(line)
    assert told.pop("time")
    assert told == {"level": "INFO", "logger": "booth.sync", "message": "부스\n3개"}


@pytest.mark.parametrize("style", ["text", "json"])
@pytest.mark.parametrize(
    "record",
    [
        make_record(f"a {SECRET} b"),
        make_record("a %s b", SECRET),
        make_record("a %r b", SECRET),
        make_record("a %s b", {"token": SECRET}),
        make_record("a *** b", error=fail(f"a {SECRET} b")),
        make_record("a *** b", error=fail(repr(SECRET))),
    ],
    ids=["message", "argument", "repr", "mapping", "traceback", "repr in a traceback"],
)
def test_a_secret_is_masked_at_the_last_moment(style: str, record: logging.LogRecord) -> None:
    line = FORMATTERS[style]().format(record)
    assert "canary" not in line
    assert "***" in line
    if style == "json":
        assert json.loads(line)["level"] == "INFO"
    assert ("Traceback" in line) is bool(record.exc_info)


@pytest.mark.parametrize("word", ["time", '": "', "INFO", '", "', "sync"])
def test_a_json_line_stays_json_whatever_a_secret_looks_like(settings: Any, word: str) -> None:
    settings.BOOTH_SYNC_API_TOKEN = word
    masking.find_redactor.cache_clear()
    told = json.loads(make_json_formatter().format(make_record(f"a {word} b")))
    assert set(told) == {"time", "level", "logger", "message"}
    assert told["message"] == "a *** b"


@pytest.mark.parametrize(
    ("level", "shown"),
    [("DEBUG", ["낱낱이", "시작 name=포차"]), ("info", ["시작 name=포차"]), ("WARNING", [])],
)
def test_the_level_is_for_the_loggers_of_the_project_only(level: str, shown: list[str]) -> None:
    lines = log_in_a_process(level, "text", "")
    assert [line.split(" ", 4)[4] for line in lines] == [*shown, "남의 경고"]


@pytest.mark.parametrize("style", ["text", "json"])
def test_the_file_gets_the_same_lines_as_the_console(tmp_path: Path, style: str) -> None:
    path = tmp_path / "booth.log"
    path.write_text("어제\n", encoding="utf-8")
    lines = log_in_a_process("INFO", style, str(path))
    assert len(lines) == 2
    assert path.read_text(encoding="utf-8").splitlines() == ["어제", *lines]


def make_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


@pytest.mark.parametrize(
    "place",
    [
        lambda p: p / "absent" / "x.log",
        lambda p: p,
        make_pipe,
        lambda _: "/dev/full",
        lambda _: "/dev/null/x",
    ],
    ids=["absent folder", "folder", "pipe without a reader", "full disk", "file as a folder"],
)
def test_of_a_file_that_takes_no_lines_there_is_one_warning_on_the_console(
    tmp_path: Path, place: Callable[[Path], Path]
) -> None:
    lines = log_in_a_process("INFO", "text", str(place(tmp_path)))
    assert [line.split(" ", 3)[2] for line in lines] == ["INFO", "WARNING", "WARNING"]
    assert "시작 name=포차" in lines[0]
    assert "booth.logs BOOTH_SYNC_LOG_FILE에 쓸 수 없어" in lines[1]
    assert "남의 경고" in lines[2]


def test_a_folder_that_vanishes_ends_no_line_and_one_that_returns_gets_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    file = LogFile(folder / "x.log", encoding="utf-8", errors="backslashreplace", delay=True)
    file.handle(make_record("하나"))
    shutil.rmtree(folder)
    for _ in range(3):
        file.handle(make_record("둘"))
    folder.mkdir()
    file.handle(make_record("셋 \udcff"))
    file.close()
    assert (folder / "x.log").read_text(encoding="utf-8") == "셋 \\udcff\n"
    assert "Traceback" not in capsys.readouterr().err


def test_a_json_line_tells_its_instant_with_its_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    record = make_record("부스")
    for zone, offset in (("Asia/Seoul", "+09:00"), ("UTC", "+00:00"), ("Asia/Kolkata", "+05:30")):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        told = json.loads(make_json_formatter().format(record))["time"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", told)
        assert told.endswith(offset)
        assert abs(datetime.fromisoformat(told).timestamp() - record.created) < 0.001
    monkeypatch.undo()
    time.tzset()


def test_without_arguments_it_logs_text_to_the_console() -> None:
    made = make_logging()
    assert {name: each["formatter"] for name, each in made["handlers"].items()} == {
        "console": "text"
    }
    assert made["loggers"]["booth"]["level"] == "INFO"
    assert make_logging(level="LOUD")["loggers"]["booth"]["level"] == "INFO"


def test_an_unknown_level_or_style_is_told_and_replaced() -> None:
    problems: dict[str, str] = {}
    made = make_logging(level="LOUD", style="xml", path="", problems=problems)
    assert sorted(problems) == ["BOOTH_SYNC_LOG_FORMAT", "BOOTH_SYNC_LOG_LEVEL"]
    assert made["loggers"]["booth"]["level"] == "INFO"
    assert made["handlers"]["console"]["formatter"] == "text"


def test_every_wrong_log_setting_is_one_sentence_of_the_check(tmp_path: Path) -> None:
    ended = run_command(
        "check",
        BOOTH_SYNC_LOG_LEVEL="LOUD",
        BOOTH_SYNC_LOG_FORMAT="xml",
        BOOTH_SYNC_LOG_FILE=str(tmp_path),
    )
    assert ended.returncode == 78
    for name in ("LEVEL", "FORMAT"):
        assert ended.stderr.count(f"(booth.E001) BOOTH_SYNC_LOG_{name}: ") == 1
    assert ended.stderr.count("(booth.W002) BOOTH_SYNC_LOG_FILE") == 1
    assert "Traceback" not in ended.stderr
