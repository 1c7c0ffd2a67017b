"""A real Pushgateway for each test that asks for one."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from .real import serving_gateway


def read(url: str) -> str:
    """Return the body that ``url`` answers, whatever proxies the environment names."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=5) as answer:
        return str(answer.read().decode())


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[str]:
    """The URL of a Pushgateway with a store of its own."""
    with serving_gateway(tmp_path) as url:
        yield url
