"""The predecessor's four functions. Expected errors become False and a log line."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from booth import control
from booth.config.load import load_control_options, load_options
from booth.config.options import RunRequest
from booth.errors import BoothSyncError
from booth.status import make_document, read_status
from booth.sync.run import run_once

__all__ = ["get_sync_status", "start_booth_sync", "stop_booth_sync", "sync_booth_data_once"]

logger = logging.getLogger("booth.dorders")


def start_booth_sync() -> bool:
    """Return whether the schedule is on at the end."""
    return _attempt(lambda: control.resume(load_control_options(), by=__name__))


def stop_booth_sync() -> bool:
    """Return whether the schedule is off at the end."""
    return _attempt(lambda: control.suspend(load_control_options(), by=__name__))


def sync_booth_data_once() -> bool:
    """Run one sync in this process and return whether it succeeded, at least partly."""
    return _attempt(_run_once)


def get_sync_status() -> dict[str, Any]:
    """Return ``is_running, sync_interval, api_url, thread_alive, last_update`` and more.

    Raises StoreError when the database is out of reach.
    """
    return make_document(read_status())


def _attempt(act: Callable[[], object]) -> bool:
    try:
        act()
    except BoothSyncError as error:
        logger.error("%s code=%s", error.message, error.code)
        return False
    return True


def _run_once() -> None:
    report = run_once(RunRequest(trigger="api"), load_options(for_http=True))
    if report.error:
        raise report.error
