"""Whatever an environment holds, a command ends with a sentence and a code: no bug, no hang."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from project.settings import run
from sample_upstream import SampleUpstream
from tests.conftest import ROOT, make_environment, run_command

VERBS = (["check"], ["booth_sync", "status"], ["booth_sync", "sync", "--dry-run"])
WORKERS = 2
CODES = {0, 65, 69, 75, 78}
STEP, FIRST = 6, 2
"""Every sixth value of each variable is tried, other ones of the next; all (1, 0) take minutes."""
OTHERS = ("USER", "LOGNAME", "KUBECONFIG", "NO_COLOR")
"""What is read besides the settings."""


def make_values(folder: Path) -> list[str]:
    """Return 19 values that nobody means."""
    os.mkfifo(folder / "pipe")
    (folder / "bytes").write_bytes(b"\xff\x00canary\n\xfe")
    return [
        *("", " ", "\ufeff", "0", "-1", "nan", "1e309", "1_0", "٣", "9" * 400, "x" * 10_000),
        *("\udcff\udcfe", "a\x1b[31mb\r\n\u202ec", '{"Host": "x"}', "%s %(x)s {0} '\"`$(x)"),
        *("/dev/zero", str(folder / "pipe"), str(folder / "bytes")),
        "postgres://me:canary/x@h/db?sslmod=x",
    ]


def test_no_environment_is_a_bug(tmp_path: Path, upstream: SampleUpstream) -> None:
    well: Any = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "BOOTH_SYNC_API_URL": upstream.url,
        "BOOTH_SYNC_FETCH_TIMEOUT": "5",
        "BOOTH_SYNC_MAX_ATTEMPTS": "1",
    }
    assert run_command("migrate", **well).returncode == 0
    names = [*run.env.variables, *(f"{name}_FILE" for name in run.env.variables), *OTHERS]
    values = make_values(tmp_path)
    assert len(values) == 19
    cases = [
        ({name: value}, VERBS[(place + number) % len(VERBS)])
        for place, name in enumerate(names)
        for number, value in enumerate(values)
        if (place + number) % STEP == FIRST
    ]
    with ThreadPoolExecutor(WORKERS) as pool:
        parts = [cases[start::WORKERS] for start in range(WORKERS)]
        answers = list(pool.map(lambda part: ask(part, well, tmp_path), parts))
    for part, told in zip(parts, answers, strict=True):
        for case, answer in zip(part, told, strict=True):
            assert answer["code"] in CODES, (case, answer)
            assert "Traceback" not in answer["output"], (case, answer)
            assert "canary" not in answer["output"], (case, answer)


def ask(
    cases: list[tuple[dict[str, str], list[str]]], well: dict[str, str], folder: Path
) -> list[Any]:
    """Return what each case came to in ``folder``, all of them run by one parent."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.hostile"],
        cwd=folder,
        env=make_environment(PYTHONPATH=str(ROOT), **well),
        input="\n".join(json.dumps(case) for case in cases),
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return [json.loads(line) for line in ended.stdout.splitlines()]
