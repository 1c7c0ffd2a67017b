"""The words of argparse in Korean: what ``--help`` and a wrong command line say."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from django.core.management.base import CommandError, CommandParser

from booth.cli.columns import fold

ERRORS = (
    (r"argument ([^:]+): expected one argument", r"\1: 값이 필요합니다."),
    (r"argument ([^:]+): expected at least one argument", r"\1: 값이 하나 이상 필요합니다."),
    (
        r"argument ([^:]+): invalid choice: (.+) \(choose from (.+)\)",
        r"\1: \2 값은 고를 수 없습니다. 다음에서 고르세요: \3",
    ),
    (r"argument ([^:]+): ignored explicit argument (.+)", r"\1: 값을 받지 않습니다: \2"),
    (r"argument ([^:]+): invalid \S+ value: (.+)", r"\1: 잘못된 값입니다: \2"),
    (r"argument ([^:]+): (.+)", r"\1: \2"),
    (r"unrecognized arguments: (.+)", r"모르는 인자입니다: \1"),
    (r"the following arguments are required: (.+)", r"다음 인자가 필요합니다: \1"),
    (
        r"ambiguous option: (.+) could match (.+)",
        r"\1 옵션이 무엇인지 분명하지 않습니다. 다음에서 고르세요: \2",
    ),
)
"""What argparse finds wrong, as a pattern, and how that is said."""


def translate(message: str) -> str:
    """Return a message of argparse in Korean; what is not known stays as it is."""
    for pattern, korean in ERRORS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return found.expand(korean)
    return message


class KoreanParser(CommandParser):
    """Django's parser for Koreans; those of the verbs are made by it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        speak_korean(self)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line and where to look, and leave with 2."""
        told = translate(message)
        if not self.called_from_command_line:
            raise CommandError(f"잘못된 명령입니다: {told}")
        lines = "\n".join((*fold(told), f"쓰는 법: {self.prog} --help"))
        self.exit(2, f"{self.format_usage()}{lines}\n")

    def format_usage(self) -> str:
        """Return how the command is called."""
        return super().format_usage().replace("usage: ", "사용법: ", 1)

    def format_help(self) -> str:
        """Return the whole help."""
        return super().format_help().replace("usage: ", "사용법: ", 1)


def speak_korean(parser: CommandParser) -> CommandParser:
    """Return ``parser`` with Korean titles and errors.

    Django names the class of a command's parser itself, so an object that it made changes its own.
    """
    parser.__class__ = KoreanParser
    parser._positionals.title = "명령"
    parser._optionals.title = "옵션"
    for action in parser._actions:
        if action.dest == "help":
            action.help = "이 도움말을 보여 주고 끝냅니다."
    return parser
