"""``manage.py booth_sync``: sync once, switch the schedule, show what there is to know."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser, OutputWrapper
from django.utils.module_loading import import_string

from booth.cli.guide import point_to_runbook
from booth.cli.korean import KoreanParser, speak_korean
from booth.cli.output import Output
from booth.cli.signals import leave, settle
from booth.cli.streams import steady_streams
from booth.errors import BoothSyncError, UsageError
from booth.models import SyncRun

ARGPARSE_USAGE = 2
EXIT_USAGE = 64
MAX_RUNS = 10_000
VERBS = {
    "sync": "booth.cli.sync.sync",
    "start": "booth.cli.switch.start",
    "stop": "booth.cli.switch.stop",
    "runs": "booth.cli.status.show_runs",
    "status": "booth.cli.status.show_status",
    "doctor": "booth.cli.doctor.show_findings",
}
"""Each verb's function, imported when it is called."""


class Command(BaseCommand):
    """Brings the site's booths in line with D-Order. Exit codes: docs/runbook.md."""

    help = "D-Order의 부스 목록으로 사이트의 부스, 테이블, 재고를 맞춥니다."
    requires_system_checks = ()
    suppressed_base_arguments = {  # noqa: RUF012 - Django declares it so
        *("--version", "--verbosity", "--settings", "--pythonpath", "--traceback"),
        *("--no-color", "--force-color", "--skip-checks"),
    }

    def create_parser(self, *arguments: Any, **options: Any) -> CommandParser:
        """Return Django's parser, in Korean like everything that it reads."""
        return speak_korean(super().create_parser(*arguments, **options))

    def add_arguments(self, parser: CommandParser) -> None:
        """Add a subcommand for each verb."""
        verbs = parser.add_subparsers(
            dest="verb", required=True, metavar="명령", parser_class=KoreanParser
        )
        _add_sync(verbs)
        _add_switches(verbs)
        runs = verbs.add_parser("runs", help="지난 실행을 보여 줍니다.")
        runs.add_argument(
            "--limit", type=_read_limit, default=20, metavar="N", help="몇 개까지 (기본 20)"
        )
        status = verbs.add_parser("status", help="지금 상태를 보여 줍니다.")
        status.add_argument("--watch", action="store_true", help="2초마다 다시 보여 줍니다.")
        doctor = verbs.add_parser("doctor", help="필요한 것이 모두 갖추어졌는지 살펴봅니다.")
        for verb in (runs, status, doctor):
            verb.add_argument("--json", action="store_true", help="JSON으로 출력합니다.")

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as Django does, but end with 64 (EX_USAGE) on a wrong command line."""
        steady_streams()  # of a site's own manage.py
        self.stdout, self.stderr = OutputWrapper(sys.stdout), OutputWrapper(sys.stderr)
        try:
            super().run_from_argv(argv)
        except SystemExit as end:
            sys.exit(EXIT_USAGE if end.code == ARGPARSE_USAGE else end.code)

    def handle(self, *_args: Any, verb: str, **options: Any) -> None:
        """Run the verb and leave with its exit code."""
        output = Output(self.stdout, self.stderr)
        sys.excepthook = lambda _kind, bug, _trace: output.complain_of(bug)
        try:
            code = import_string(VERBS[verb])(options, output)
        except BoothSyncError as error:
            if options.get("json"):
                from booth.documents import describe_error

                output.write_json({"error": describe_error(error)})
            output.complain(f"{error.message} [{error.code}]", *point_to_runbook(error))
            code = error.exit_code
        except KeyboardInterrupt as interrupt:
            leave(interrupt)
        settle()
        output.tell_loss()
        sys.exit(code)


def _add_sync(verbs: Any) -> None:
    sync = verbs.add_parser("sync", help="지금 한 번 동기화합니다.")
    sync.add_argument("--dry-run", action="store_true", help="저장하지 않고 바뀔 것만 보여 줍니다.")
    sync.add_argument(
        "--from-file",
        type=_read_path,
        metavar="PATH|-",
        help="HTTP 대신 파일이나 표준 입력에서 D-Order의 응답을 읽습니다.",
    )
    sync.add_argument(
        "--allow-shrink",
        action="store_true",
        help="빈 목록이나 절반 넘게 줄어든 목록을 이번 한 번만 받아들입니다.",
    )
    sync.add_argument(
        "--trigger",
        choices=SyncRun.Trigger.values,
        default=SyncRun.Trigger.CLI,
        help="무엇이 실행했는지 (기본 cli)",
    )
    sync.add_argument("--json", action="store_true", help="결과를 JSON 하나로 출력합니다.")


def _add_switches(verbs: Any) -> None:
    start = verbs.add_parser("start", help="예약 실행을 켭니다.")
    stop = verbs.add_parser("stop", help="예약 실행을 끕니다.")
    for verb in (start, stop):
        verb.add_argument(
            "--by",
            type=_read_caller,
            default="",
            metavar="NAME",  # Latin: argparse measures a column by its characters
            help="누가 바꾸는지. 없으면 계정이나 Pod의 이름입니다.",
        )
        verb.add_argument(
            "--reason",
            type=_read_reason,
            default="",
            metavar="TEXT",
            help="왜 바꾸는지. CronJob에 남아 status에 보입니다.",
        )
        verb.add_argument("--json", action="store_true", help="JSON으로 출력합니다.")


def _read_path(text: str) -> str:
    if not text.strip():
        raise ArgumentTypeError("파일의 경로가 비어 있습니다.")
    return text


def _read_reason(text: str) -> str:
    from booth.operations import clean_reason

    try:
        return clean_reason(text)
    except UsageError as error:
        raise ArgumentTypeError(error.message) from None


def _read_caller(text: str) -> str:
    from booth.operations import clean_caller

    try:
        return clean_caller(text)
    except UsageError as error:
        raise ArgumentTypeError(error.message) from None


def _read_limit(text: str) -> int:
    try:
        limit = int(text)
    except ValueError:
        limit = 0
    if not 1 <= limit <= MAX_RUNS:
        raise ArgumentTypeError(f"1~{MAX_RUNS} 사이의 정수여야 합니다.")
    return limit
