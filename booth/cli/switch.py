"""The verbs ``start`` and ``stop``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from booth import control
from booth.cli.output import name_user
from booth.cli.render import show_instant
from booth.config.load import get_pod_name, load_control_options
from booth.config.masking import redact
from booth.control import Change
from booth.control.timetable import make_timetable
from booth.errors import BoothSyncError
from booth.status import find_executing
from booth.texts import ALREADY


def start(options: dict[str, Any], *, stdout: Any) -> int:
    """Start the schedule and say when it runs next. Raises ConfigError, ControlError."""
    change = control.resume(
        load_control_options(), by=_name_caller(), reason=redact(options["reason"])
    )
    message = "부스 데이터 동기화가 시작되었습니다."
    stdout.write(message if change.changed else ALREADY[False])
    next_run = _find_next_run(change, now=timezone.now())
    if next_run:
        stdout.write(f"다음 예약 실행: {show_instant(next_run)}")
    return 0


def stop(options: dict[str, Any], *, stdout: Any) -> int:
    """Stop the schedule and say what still runs. Raises ConfigError, ControlError."""
    change = control.suspend(
        load_control_options(), by=_name_caller(), reason=redact(options["reason"])
    )
    message = "부스 데이터 동기화가 중지되었습니다."
    stdout.write(message if change.changed else ALREADY[True])
    still_running = _name_running(change)
    if still_running:
        stdout.write(f"이미 시작된 실행은 끝까지 진행됩니다: {still_running}")
    return 0


def _name_caller() -> str:
    """Return who switches: a person's account, or else the pod that the command runs in."""
    return name_user() or get_pod_name() or "booth_sync"


def _find_next_run(change: Change, *, now: datetime) -> datetime | None:
    reading = control.Reading(cronjobs=change.cronjobs, failures=())
    entries = make_timetable(reading, now=now).entries
    return min((entry.next_run for entry in entries if entry.next_run), default=None)


def _name_running(change: Change) -> str:
    """Return the runs under way: active Jobs, and the one in the database where that answers."""
    names = [f"Job {name}" for cronjob in change.cronjobs for name in cronjob.active]
    try:
        run = find_executing()
    except BoothSyncError:  # the schedule is stopped all the same
        run = None
    if run:
        names.append(f"동기화 #{run.pk}")
    return ", ".join(names)
