"""``manage.py booth_sync``: sync once, switch the schedule, show what there is to know."""

from __future__ import annotations

import os
import sys
import traceback
from argparse import ArgumentTypeError
from signal import SIGINT
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from booth.cli.output import print_json
from booth.config.masking import redact
from booth.errors import BUG, BoothSyncError
from booth.models import SyncRun

ARGPARSE_USAGE = 2
EXIT_USAGE = 64
EXIT_BROKEN_PIPE = 141
MAX_RUNS = 10_000
MAX_REASON = 200


class Command(BaseCommand):
    """Brings the site's booths in line with D-Order. Exit codes: docs/runbook.md."""

    help = "D-Order의 부스 목록으로 사이트의 부스, 테이블, 재고를 맞춥니다."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add a subcommand for each verb."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="명령")
        _add_sync(verbs)
        _add_switches(verbs)
        runs = verbs.add_parser("runs", help="지난 실행을 보여 줍니다.")
        runs.add_argument("--limit", type=_read_limit, default=20, help="몇 개까지 (기본 20)")
        status = verbs.add_parser("status", help="지금 상태를 보여 줍니다.")
        status.add_argument("--watch", action="store_true", help="2초마다 다시 보여 줍니다.")
        doctor = verbs.add_parser("doctor", help="필요한 것이 모두 갖추어졌는지 살펴봅니다.")
        for verb in (runs, status, doctor):
            verb.add_argument("--json", action="store_true", help="JSON으로 출력합니다.")

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as Django does, but end with 64 (EX_USAGE) on a wrong command line."""
        try:
            super().run_from_argv(argv)
        except SystemExit as end:
            sys.exit(EXIT_USAGE if end.code == ARGPARSE_USAGE else end.code)

    def handle(self, *_args: Any, verb: str, **options: Any) -> None:
        """Run the verb and leave with its exit code."""
        sys.excepthook = _show_bug
        act = {
            "sync": self._sync,
            "start": self._start,
            "stop": self._stop,
            "runs": self._show_runs,
            "status": self._show_status,
            "doctor": self._show_findings,
        }
        try:
            code = act[verb](options)
        except BoothSyncError as error:
            self._complain(error, as_json=options.get("json", False))
            code = error.exit_code
        except KeyboardInterrupt as signal:
            code = 128 + getattr(signal, "signum", SIGINT)
        except BrokenPipeError:  # the reader, such as head, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = EXIT_BROKEN_PIPE
        sys.exit(code)

    def _sync(self, options: dict[str, Any]) -> int:
        from booth.cli.sync import sync

        return sync(options, stdout=self.stdout, stderr=self.stderr)

    def _start(self, options: dict[str, Any]) -> int:
        from booth.cli.switch import start

        return start(options, stdout=self.stdout)

    def _stop(self, options: dict[str, Any]) -> int:
        from booth.cli.switch import stop

        return stop(options, stdout=self.stdout)

    def _show_runs(self, options: dict[str, Any]) -> int:
        from booth.cli.status import show_runs

        return show_runs(options, stdout=self.stdout)

    def _show_status(self, options: dict[str, Any]) -> int:
        from booth.cli.status import show_status

        return show_status(options, stdout=self.stdout)

    def _show_findings(self, options: dict[str, Any]) -> int:
        from booth.cli.doctor import show_findings

        return show_findings(options, stdout=self.stdout)

    def _complain(self, error: BoothSyncError, *, as_json: bool) -> None:
        message = redact(error.message)
        if as_json:
            print_json(self.stdout, {"error": {"code": error.code, "message": message}})
        self.stderr.write(f"{message} [{error.code}]")


def _show_bug(kind: type[BaseException], bug: BaseException, _trace: object) -> None:
    """Print what Python would print of a bug, without its secrets; the exit code is 1."""
    sys.stderr.write(redact("".join(traceback.format_exception(bug))))
    sys.stderr.write(f"{BUG} [internal: {kind.__name__}]\n")


def _add_sync(verbs: Any) -> None:
    sync = verbs.add_parser("sync", help="지금 한 번 동기화합니다.")
    sync.add_argument("--dry-run", action="store_true", help="저장하지 않고 바뀔 것만 보여 줍니다.")
    sync.add_argument(
        "--from-file",
        default="",
        metavar="경로|-",
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
            "--reason",
            type=_read_reason,
            default="",
            metavar="이유",
            help="왜 바꾸는지. CronJob에 남아 status에 보입니다.",
        )


def _read_reason(text: str) -> str:
    reason = " ".join(text.split())
    if len(reason) > MAX_REASON or not reason.isprintable():
        raise ArgumentTypeError(f"인쇄할 수 있는 글자로 {MAX_REASON}자 이하여야 합니다.")
    return reason


def _read_limit(text: str) -> int:
    try:
        limit = int(text)
    except ValueError:
        limit = 0
    if not 1 <= limit <= MAX_RUNS:
        raise ArgumentTypeError(f"1~{MAX_RUNS} 사이의 정수여야 합니다.")
    return limit
