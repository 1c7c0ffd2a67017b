"""What every test may use: the captured answers, a sample upstream, the command as a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sample_upstream import SampleUpstream

ROOT = Path(__file__).parent.parent
FEEDS = Path(__file__).parent / "feeds"
Run = Callable[..., "subprocess.CompletedProcess[str]"]
collect_ignore = [
    "chart",
    "image",
    "node",
    "nginx",
    "prometheus",
    "pushgateway",
    "wheel",
]  # suites of their own (suites.py): named, they run


def pytest_configure() -> None:
    """Heed what a shell or nohup lets tests in the background ignore, as children inherit that."""
    default = {signal.SIGINT: signal.default_int_handler}
    for signum in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        if signal.getsignal(signum) is signal.SIG_IGN:
            signal.signal(signum, default.get(signum, signal.SIG_DFL))


@pytest.fixture
def upstream() -> Iterator[SampleUpstream]:
    """A sample D-Order on loopback, living in this process."""
    with SampleUpstream() as server:
        yield server


@pytest.fixture
def captured() -> Callable[[str], bytes]:
    """Return a function that reads an answer captured from the real D-Order."""
    return lambda name: (FEEDS / f"{name}.json").read_bytes()


def make_feed(booths: list[Any], **envelope: Any) -> bytes:
    """Return an answer of D-Order with ``booths`` as its items."""
    answer = {"statusCode": 200, "message": "부스 검색 성공", "data": {"boothDetails": booths}}
    return json.dumps(answer | envelope, ensure_ascii=False).encode()


def run_command(*arguments: str, timeout: float = 60, **variables: str) -> Any:
    """Run ``manage.py`` as a process of its own; ``variables`` join the environment."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=make_environment(**variables),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def make_environment(**variables: str) -> dict[str, str]:
    """Return this process's environment without Django's settings, plus ``variables``."""
    kept = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    return kept | {"PYTHONIOENCODING": "utf-8"} | variables
