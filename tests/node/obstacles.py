"""Why there is no node here: errors whose text is a sentence for people."""

import pytest

from tests.cluster.binaries import BinariesMissing
from tests.cluster.control_plane import StartFailed

from .base import BaseImpossible
from .node import NodeImpossible
from .preflight import preflight
from .sandbox import SandboxFailed

OBSTACLES = (NodeImpossible, BinariesMissing, StartFailed, SandboxFailed, BaseImpossible)


def end_without_a_node() -> None:
    """End the session with one sentence, and not in success, where no node can run."""
    obstacle = preflight()
    if obstacle:
        pytest.exit(f"NOT RUN: {obstacle}", returncode=pytest.ExitCode.TESTS_FAILED)
