"""Resolves pyproject.toml into requirement files with hashes that name no index."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

GROUPS = {"run": (), "image": ("kubernetes",), "dev": ("dev", "kubernetes", "web")}
TOOLS = {"scan": ("scan",), "audit": ("audit",)}
"""Sets without the project's own dependencies, each for a virtual environment of its own."""
FOLDER = Path(__file__).parent


def main() -> None:
    """Write a requirement file for each set of dependency groups."""
    for name, groups in GROUPS.items():
        if not (FOLDER / f"{name}.txt").exists():  # begin with the versions that the tests use
            shutil.copy(FOLDER / "dev.txt", FOLDER / f"{name}.txt")
        _compile(name, "pyproject.toml", *_choose(groups))
    for name, groups in TOOLS.items():
        _compile(name, *_choose(groups))


def _choose(groups: tuple[str, ...]) -> list[str]:
    return [argument for group in groups for argument in ("--group", group)]


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
