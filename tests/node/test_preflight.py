"""A machine that cannot run a node is told why, in one sentence."""

import os
from pathlib import Path

import pytest

from . import preflight as checks
from .node import Node, NodeImpossible
from .preflight import preflight


def test_it_finds_nothing_wrong_where_the_node_runs(node: Node) -> None:
    assert node.address
    assert preflight() is None


def test_it_names_the_packages_of_missing_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(checks, "ADMINISTRATORS_PATH", str(tmp_path))
    with pytest.raises(NodeImpossible, match=r"apt-get install .*containerd.*runc") as caught:
        Node(tmp_path / "node").start()
    assert not (tmp_path / "node").exists()
    assert str(caught.value).count("containerd") == 1


def test_it_wants_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert str(preflight()).startswith("a node needs root")
