"""Resolves pyproject.toml into requirement files with hashes that name no index."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

RUN = ("--extra", "postgres", "--extra", "web", "--group", "project")
IMAGE = (*RUN, "--extra", "kubernetes")
SETS = {"run": RUN, "image": IMAGE, "dev": (*IMAGE, "--group", "dev")}
TOOLS = ("scan", "audit")
"""Groups without the project's own dependencies, each for a virtual environment of its own."""
FOLDER = Path(__file__).parent


def main() -> None:
    """Write a requirement file for each set of extras and dependency groups."""
    for name, chosen in SETS.items():
        if not (FOLDER / f"{name}.txt").exists():  # begin with the versions that the tests use
            shutil.copy(FOLDER / "dev.txt", FOLDER / f"{name}.txt")
        _compile(name, "pyproject.toml", *chosen)
    for name in TOOLS:
        _compile(name, "--group", name)


def _compile(name: str, *sources: str) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"),
            *("--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"),
            # pip takes the newest version for an extra that is not pinned itself, then refuses it
            *("--no-strip-extras", "--no-header", "--no-annotate", *sources),
            *("--output-file", str(FOLDER / f"{name}.txt")),
        ],
        check=True,
        cwd=FOLDER.parent,
    )


if __name__ == "__main__":
    main()
