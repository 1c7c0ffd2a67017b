"""Carries out, block by block, what docs/adopting.md tells a person to do."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import ROOT

DOCUMENT = ROOT / "docs" / "adopting.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def carry_out(folder: Path, *, environment: Mapping[str, str]) -> str:
    """Do all steps in the site at ``folder`` and return what its commands printed."""
    printed = ""
    for kind, text in _BLOCK.findall(DOCUMENT.read_text()):
        if kind == "sh":
            printed += _run(text, folder=folder, environment=environment)
        elif kind == "diff":
            _patch(text, folder=folder)
        elif kind == "python":
            path = text.partition("\n")[0].removeprefix("# ")
            (folder / path).write_text(text)
        else:
            raise ValueError(f"a reader would not know what to do with a block of {kind}")
    return printed


def _run(script: str, *, folder: Path, environment: Mapping[str, str]) -> str:
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, f"{script}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def _patch(diff: str, *, folder: Path) -> None:
    """Apply a diff whose hunks bear no line numbers: each must fit in exactly one place."""
    head, *hunks = re.split(r"^@@\n", diff, flags=re.MULTILINE)
    path = folder / head.removeprefix("--- ").strip()
    text = path.read_text()
    for hunk in hunks:
        lines = hunk.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in " -")
        assert text.count(old) == 1, f"{path.name} does not have once:\n{old}"
        text = text.replace(old, "".join(line[1:] for line in lines if line[0] in " +"))
    path.write_text(text)
