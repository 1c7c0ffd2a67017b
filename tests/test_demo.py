"""The README's first command."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT, make_environment


def test_the_demo_syncs_a_living_upstream_and_ends_well() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "sample_upstream.demo"],
        cwd=ROOT,
        env=make_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    first, dry, second, third, again = shown.stdout.split("$ python manage.py booth_sync sync")[1:]
    assert "부스: 생성 15" in first
    assert "미리 보기" in dry
    assert "→" in dry
    assert "생성 1 · 변경" in second
    assert "사라짐 1" in third
    assert "생성 0 · 변경 0" in again
    assert "마지막 성공: #4" in again
