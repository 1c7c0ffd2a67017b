"""The predecessor's four functions. Expected errors become False and a log line."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from booth import operations
from booth.config.options import RunRequest
from booth.documents import describe_status
from booth.errors import BoothSyncError

__all__ = ["get_sync_status", "start_booth_sync", "stop_booth_sync", "sync_booth_data_once"]

logger = logging.getLogger("booth.dorders")


def start_booth_sync() -> bool:
    """Return whether the schedule is on at the end."""
    return _attempt(operations.start)


def stop_booth_sync() -> bool:
    """Return whether the schedule is off at the end."""
    return _attempt(operations.stop)


def sync_booth_data_once() -> bool:
    """Run one sync in this process and return whether it succeeded, at least partly."""
    report = operations.sync_now(RunRequest(trigger="api"))
    return _refuse(report.error) if report.error else True


def get_sync_status() -> dict[str, Any]:
    """Return ``is_running, sync_interval, api_url, thread_alive, last_update`` and more.

    Raises StoreError when the database is out of reach.
    """
    return dict(describe_status(operations.read_status()))


def _attempt(switch: Callable[..., object]) -> bool:
    try:
        switch(by=__name__)
    except BoothSyncError as error:
        return _refuse(error)
    return True


def _refuse(error: BoothSyncError) -> bool:
    logger.error("%s code=%s", " ".join(error.message.split()), error.code)
    return False
