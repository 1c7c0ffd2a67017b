"""Load on the web part: a little while something happens, and as much as it can take."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.node import cgroups
from tests.node.node import Node

from .front import HOST, OUTSIDE

SECONDS = 10
PATHS = ("/booths/", "/console/login/", "/metrics", "/healthz")
HEADERS = {"Host": HOST, "X-Forwarded-For": OUTSIDE, "X-Forwarded-Proto": "https"}
"""As the proxy before it sends them."""
IN_TURN = """
local paths, number = {%s}, 0
function request()
  number = number + 1
  return wrk.format("GET", paths[number %% #paths + 1])
end
"""


@contextmanager
def asking(ask: Callable[[], int]) -> Iterator[list[int]]:
    """Ask twice a second, and yield the statuses that come meanwhile."""
    statuses: list[int] = []
    is_over = threading.Event()

    def repeat() -> None:
        while not is_over.wait(0.5):
            statuses.append(ask())

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield statuses
    finally:
        is_over.set()
        thread.join()


def flood(node: Node, address: str) -> tuple[int, float]:
    """Ask a pod for every kind of answer, by four connections, as fast as it gives them.

    Returns how many answers came and how many a second. Raises AssertionError if one was an error.
    """
    script = node.folder / "in-turn.lua"
    script.write_text(IN_TURN % ", ".join(f'"{path}"' for path in PATHS))
    headers = [f"--header={name}: {value}" for name, value in HEADERS.items()]
    options = ["--threads=1", "--connections=4", f"--duration={SECONDS}s", f"--script={script}"]
    told = node.run("wrk", *options, *headers, f"http://{address}:8000").stdout
    assert not re.search(r"Non-2xx|Socket errors", told), told
    [count] = re.findall(r"(\d+) requests in", told)
    [rate] = re.findall(r"Requests/sec: +([\d.]+)", told)
    return int(count), float(rate)


def read_memory(pod: str) -> int:
    """Return the bytes that a pod cannot give back: what the kubelet calls its working set."""
    found = [path for each in cgroups.hierarchies() for path in each.rglob(f"*{pod}*")]
    for folder in found:
        for usage, statistic in (
            ("memory.usage_in_bytes", "total_inactive_file"),
            ("memory.current", "inactive_file"),
        ):
            if (folder / usage).exists():
                return int((folder / usage).read_text()) - _read_statistic(folder, statistic)
    raise AssertionError(f"no cgroup of the pod {pod}")


def _read_statistic(folder: Path, name: str) -> int:
    lines = (folder / "memory.stat").read_text().splitlines()
    return int(dict(line.split() for line in lines)[name])
