"""Debian's Pushgateway, with a store of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cluster.places import free_ports
from tests.cluster.serving import serving

PROGRAM = "prometheus-pushgateway"
REMEDY = f"{PROGRAM} is not on the PATH. To get it: apt-get install {PROGRAM}"


@contextmanager
def serving_gateway(folder: Path) -> Iterator[str]:
    """Yield the URL of a Pushgateway that keeps its store and log in ``folder``."""
    program = shutil.which(PROGRAM)
    if program is None:
        pytest.fail(REMEDY)
    [port] = free_ports(1)
    store = folder / "pushgateway.store"  # Debian's default is one for the whole machine
    command = [program, f"--web.listen-address=127.0.0.1:{port}", f"--persistence.file={store}"]
    with serving(command, port=port, ready="/-/ready", log=folder / "pushgateway.log"):
        yield f"http://127.0.0.1:{port}"
