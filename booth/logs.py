"""Log lines as text or JSON, to the console and a file, with every secret taken out last."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from typing import Any

from booth.config.masking import redact
from booth.config.problems import open_log

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_FORMATTERS = {"text": "booth.logs.TextFormatter", "json": "booth.logs.make_json_formatter"}
STYLES = tuple(_FORMATTERS)
OUTCOME = {"is_outcome": True}
"""``extra`` of the line that tells how a run ended, which the command says in a sentence too."""

logger = logging.getLogger("booth.logs")


class TextFormatter(logging.Formatter):
    """``2026-11-23 18:00:00,123 INFO booth.sync 부스 데이터 …`` without secrets."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished line, traceback included, with its secrets masked."""
        return redact(super().format(record))


def make_json_formatter() -> logging.Formatter:
    """Return a formatter of one JSON object a line, without secrets."""
    from pythonjsonlogger.core import RESERVED_ATTRS
    from pythonjsonlogger.json import JsonFormatter

    class MaskingFormatter(JsonFormatter):
        def formatTime(self, record: logging.LogRecord, _format: str | None = None) -> str:  # noqa: N802
            """Return the instant with its offset from UTC, as RFC 3339 has it."""
            instant = datetime.fromtimestamp(record.created, UTC).astimezone()
            return instant.isoformat(timespec="milliseconds")

        def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
            """Mask values while they are values: masked in finished JSON they could break it."""
            return redact(super().process_log_record(log_data))

    return MaskingFormatter(
        "%(asctime)s %(levelname)s %(name)s %(message)s",
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        json_ensure_ascii=False,
        reserved_attrs=[*RESERVED_ATTRS, *OUTCOME],
    )


class LogFile(WatchedFileHandler):
    """A file that gets lines while it takes them; of its first trouble there is one warning."""

    has_warned = False

    def emit(self, record: logging.LogRecord) -> None:
        """Append a line; the file is opened anew where it was moved away."""
        try:
            super().emit(record)
        except (OSError, ValueError) as error:  # on opening it anew
            self._give_up(error)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Bear what logging would print a traceback of; the console got the line too."""
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            self._give_up(error)
        else:
            super().handleError(record)

    def _give_up(self, error: Exception) -> None:
        """Close the file, which the next line opens anew, and warn of the first trouble."""
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError):
                stream.close()
        if not self.has_warned:
            self.has_warned = True
            logger.warning(
                "BOOTH_SYNC_LOG_FILE에 쓸 수 없어 로그를 콘솔에만 남깁니다. "
                "경로와 권한, 디스크의 남은 자리를 확인하세요 reason=%s",
                getattr(error, "strerror", None) or type(error).__name__,
            )

    def _open(self) -> io.TextIOWrapper:
        descriptor = open_log(self.baseFilename)
        return open(descriptor, "a", encoding=self.encoding, errors=self.errors)


@contextmanager
def told_once() -> Iterator[None]:
    """Keep the lines that tell how a run ended off terminals, for who says it there by itself."""
    handlers = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler)
        and handler.stream is not None
        and handler.stream.isatty()
    ]
    for handler in handlers:
        handler.addFilter(_is_no_outcome)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(_is_no_outcome)


def _is_no_outcome(record: logging.LogRecord) -> bool:
    return not hasattr(record, "is_outcome")


def make_logging(
    *,
    level: str = "INFO",
    style: str = "text",
    path: str = "",
    problems: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return a ``dictConfig`` for console and, where ``path`` is set, a file.

    A level or style that is none is put into ``problems`` under its variable's name and left out,
    so that logging itself always works, as it does where the file does not.
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
    if path:
        handlers["file"] = {
            "class": "booth.logs.LogFile",
            "filename": path,
            "encoding": "utf-8",
            "errors": "backslashreplace",
            "delay": True,
            "formatter": style,
        }
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
