"""A file of authorities that cannot be used is E008 and 78, in time and without a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from booth.config.bundles import find_flaw
from tests.certificates import certify
from tests.conftest import ROOT, make_environment, run_command

NOBODY = 65_534


@pytest.fixture
def wrong(tmp_path: Path) -> dict[str, Path]:
    """What else may stand where a file of authorities is expected."""
    pem = certify(tmp_path).read_bytes()
    key, _, certificate = pem.partition(b"-----BEGIN CERTIFICATE-----")
    contents = {
        "empty": b"",
        "DER": x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER),
        "key": key,
        "text": b"no certificate at all",
        "cut": b"-----BEGIN CERTIFICATE-----" + certificate[:200],
    }
    files = {name: tmp_path / name for name in contents}
    for name, content in contents.items():
        files[name].write_bytes(content)
    os.mkfifo(tmp_path / "fifo")
    others = ("fifo", "absent", "absent/file", "empty/file", "a" * 300, "nul\0")
    return files | {name: tmp_path / name for name in others} | {"folder": tmp_path}


def test_each_is_refused_at_once(wrong: dict[str, Path]) -> None:
    assert {name for name, path in wrong.items() if not find_flaw(str(path))} == set()


@pytest.mark.parametrize("name", ["empty", "DER", "fifo", "folder"])
def test_a_sync_ends_with_78_and_a_sentence(wrong: dict[str, Path], name: str) -> None:
    variables: dict[str, Any] = {
        "BOOTH_SYNC_API_URL": "https://d-order.invalid/",
        "BOOTH_SYNC_CA_BUNDLE": str(wrong[name]),
        "DATABASE_URL": f"sqlite:///{wrong['folder'] / 'db.sqlite3'}",
    }
    ended = run_command("booth_sync", "sync", **variables)
    assert (ended.returncode, "Traceback" in ended.stderr) == (78, False)
    assert "[booth.E008] BOOTH_SYNC_CA_BUNDLE" in ended.stderr


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[list[Path]]:
    """A sound file that may not be read, and one in a folder that may not be entered."""
    certificate, folder = certify(tmp_path), tmp_path / "folder"
    folder.mkdir()
    inner = folder / "ca.pem"
    inner.write_bytes(certificate.read_bytes())
    for path in (certificate, folder):
        path.chmod(0)
    yield [certificate, inner]
    folder.chmod(0o700)


def test_what_one_may_not_read_is_refused(closed: list[Path]) -> None:
    script = (
        "import os, sys\n"
        "from booth.config.bundles import find_flaw\n"
        "import ssl\n"
        f"if os.geteuid() == 0: os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "for path in sys.argv[1:]: print(find_flaw(path))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *map(str, closed)],
        cwd=ROOT,
        env=make_environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert (ended.stdout, ended.stderr) == ("파일을 읽을 수 없습니다.\n" * 2, "")


def test_a_sound_one_is_taken(tmp_path: Path) -> None:
    assert find_flaw(str(certify(tmp_path))) == ""
