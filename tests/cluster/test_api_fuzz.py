"""Thousands of requests that the OpenAPI document allows and forbids, on the whole API."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.site import INSIDE, Site, manage

from .web import without_database

EXAMPLES = {"anonymous": 130, "operate": 140}
"""For each door, beside what covers the limits of each schema: 2,000 and more in all."""
LEAST = 1_000
MINUTES = 5


@pytest.mark.parametrize("who", EXAMPLES)
def test_every_answer_is_one_that_is_documented(
    site: Site, variables: dict[str, object], token: str, tmp_path: Path, who: str
) -> None:
    manage(site.database, "booth_sync", "sync", **without_database(variables))
    headers = {"X-Forwarded-For": INSIDE, "X-Forwarded-Proto": "https"}
    if who != "anonymous":
        headers["Authorization"] = f"Token {token}"
    ended = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "schemathesis"), "run", "--checks", "all"),
            *("--max-examples", str(EXAMPLES[who]), "--seed", "1", "--continue-on-failure"),
            *(f"--header={name}: {value}" for name, value in headers.items()),
            f"{site.origin}/booths/sync/schema/",
        ],
        cwd=tmp_path,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=MINUTES * 60,
    )
    assert ended.returncode == 0, ended.stdout[-8_000:] + ended.stderr[-2_000:]
    made = re.search(r"(\d+) generated, (\d+) passed", ended.stdout)
    assert made, ended.stdout[-2_000:]
    assert int(made[1]) == int(made[2]) >= LEAST
    assert "Traceback" not in site.log
