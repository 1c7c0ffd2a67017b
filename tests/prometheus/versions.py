"""The two Prometheus that people have: Debian's, and the newest that is built here."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cluster.binaries import find_program
from tests.cluster.modules import BinariesMissing

DEBIANS, NEWEST = "2.42", "3.16"
VERSIONS = (DEBIANS, NEWEST)


def find(name: str, *, version: str = NEWEST) -> Path:
    """Return the path of ``prometheus``, ``promtool``, … of a version; it fails where none is."""
    if version == DEBIANS:
        found = shutil.which(name)
        if found is None:
            pytest.fail(f"{name} is not on the PATH. To get it: apt-get install prometheus")
        return Path(found)
    try:
        return find_program(name)
    except BinariesMissing as error:
        pytest.fail(str(error), pytrace=False)
