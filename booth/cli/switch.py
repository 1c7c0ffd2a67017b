"""The verbs ``start`` and ``stop``."""

from __future__ import annotations

from typing import Any

from booth import operations
from booth.cli.output import Output, find_user_name
from booth.cli.render import show_instant
from booth.config.load import get_pod_name
from booth.documents import describe_switch
from booth.operations import Switched
from booth.texts import ALREADY, SWITCHED


def start(options: dict[str, Any], output: Output) -> int:
    """Turn the schedule on and say when it runs next. Raises ConfigError, ControlError."""
    switched = operations.start(by=options["by"] or _find_caller(), reason=options["reason"])
    return _show(switched, options, output)


def stop(options: dict[str, Any], output: Output) -> int:
    """Turn the schedule off and say what still runs. Raises ConfigError, ControlError."""
    switched = operations.stop(by=options["by"] or _find_caller(), reason=options["reason"])
    return _show(switched, options, output)


def _find_caller() -> str:
    """Return who switches: a person's account, or else the pod that the command runs in."""
    return find_user_name() or get_pod_name() or "booth_sync"


def _show(switched: Switched, options: dict[str, Any], output: Output) -> int:
    if options["json"]:
        output.write_json(describe_switch(switched))
        return 0
    output.write((SWITCHED if switched.changed else ALREADY)[switched.suspended])
    if switched.next_run:
        output.write(f"다음 예약 실행: {show_instant(switched.next_run)}")
    names = [f"Job {job}" for job in switched.jobs]
    names += [f"실행 #{switched.run}"] if switched.run else []
    if switched.suspended and names:
        output.write("이미 시작된 실행은 끝까지 진행됩니다:", *(f"  {name}" for name in names))
    return 0
