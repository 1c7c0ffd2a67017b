"""The verbs of ``booth_sync`` as processes that talk to the cluster: how they are run and read."""

import json
import time
from collections.abc import Callable
from typing import Any

from .proxy import FaultProxy

Run = Callable[..., Any]
"""Runs a verb; keywords change its environment."""
Lead = Callable[[FaultProxy], str]
"""Returns the path of a kubeconfig that leads through a proxy."""
MAX_SECONDS = 9.0


def measure(run: Run, *arguments: str, **other: str) -> tuple[float, Any]:
    """Return the seconds that a command takes, and how it ended."""
    began = time.monotonic()
    ended = run(*arguments, **other)
    return time.monotonic() - began, ended


def read_json(run: Run) -> Any:
    """Return what ``status --json`` says."""
    ended = run("status", "--json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)
