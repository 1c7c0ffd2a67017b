"""Log lines as text or JSON, to the console and a file, with every secret taken out last."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from booth.config.masking import redact

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_FORMATTERS = {"text": "booth.logs.TextFormatter", "json": "booth.logs.make_json_formatter"}
STYLES = tuple(_FORMATTERS)


class TextFormatter(logging.Formatter):
    """``2026-11-23 18:00:00,123 INFO booth.sync 부스 데이터 …`` without secrets."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished line, traceback included, with its secrets masked."""
        return redact(super().format(record))


def make_json_formatter() -> logging.Formatter:
    """Return a formatter of one JSON object a line, without secrets."""
    from pythonjsonlogger.json import JsonFormatter

    class MaskingFormatter(JsonFormatter):
        def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
            """Mask values while they are values: masked in finished JSON they could break it."""
            return redact(super().process_log_record(log_data))

    return MaskingFormatter(
        "%(asctime)s %(levelname)s %(name)s %(message)s",
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        json_ensure_ascii=False,
    )


def make_logging(
    *,
    level: str = "INFO",
    style: str = "text",
    path: str = "",
    problems: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return a ``dictConfig`` for console and, where ``path`` is set, a file.

    What cannot be used is put into ``problems`` under its variable's name and left out, so that
    logging itself always works.
    """
    problems = {} if problems is None else problems
    level = level.upper()
    if level not in LEVELS:
        wanted = f"{', '.join(LEVELS)} 중 하나여야 합니다."
        problems["BOOTH_SYNC_LOG_LEVEL"] = f"BOOTH_SYNC_LOG_LEVEL: {wanted}"
        level = "INFO"
    if style not in STYLES:
        problems["BOOTH_SYNC_LOG_FORMAT"] = "BOOTH_SYNC_LOG_FORMAT: text 또는 json이어야 합니다."
        style = "text"
    handlers: dict[str, dict[str, Any]] = {
        "console": {"class": "logging.StreamHandler", "formatter": style}
    }
    if path and _is_appendable(path):
        handlers["file"] = {
            "class": "logging.handlers.WatchedFileHandler",
            "filename": path,
            "encoding": "utf-8",
            "delay": True,
            "formatter": style,
        }
    elif path:
        problems["BOOTH_SYNC_LOG_FILE"] = "BOOTH_SYNC_LOG_FILE: 이 파일에 쓸 수 없습니다."
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {style: {"()": _FORMATTERS[style]}},  # one that is named is also imported
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": "WARNING"},
        "loggers": {
            "booth": {"level": level},
            "urllib3": {"level": "ERROR"},  # its warnings show URLs and tracebacks
        },
    }


def _is_appendable(path: str) -> bool:
    try:
        with Path(path).open("a", encoding="utf-8"):
            return True
    except OSError:
        return False
