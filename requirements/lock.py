"""Resolves pyproject.toml into requirement files with hashes that name no index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

GROUPS = {"run": (), "dev": ("dev", "kubernetes", "web")}
FOLDER = Path(__file__).parent


def main() -> None:
    """Write a requirement file for each set of dependency groups."""
    for name, groups in GROUPS.items():
        chosen = [argument for group in groups for argument in ("--group", group)]
        subprocess.run(
            [
                *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"),
                *("--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"),
                *("--no-header", "--no-annotate", "pyproject.toml", *chosen),
                *("--output-file", str(FOLDER / f"{name}.txt")),
            ],
            check=True,
            cwd=FOLDER.parent,
        )


if __name__ == "__main__":
    main()
