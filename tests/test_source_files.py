"""A saved answer is read from files, pipes and standard input, for a limited time."""

from __future__ import annotations

import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from booth.errors import SourceError
from booth.sync.source import read_file


def test_it_reads_an_answer_from_a_file(tmp_path: Path) -> None:
    saved = tmp_path / "answer.json"
    saved.write_bytes(b"{}")
    answer = read_file(str(saved), max_bytes=2, seconds=5)
    assert (answer.body, answer.http_status) == (b"{}", None)


def test_it_refuses_files_that_are_missing_or_too_long(tmp_path: Path) -> None:
    saved = tmp_path / "answer.json"
    saved.write_bytes(b"{ }")
    for path, code in (
        (saved, "source_too_large"),
        (tmp_path, "source_file"),
        (tmp_path / "x", "source_file"),
    ):
        with pytest.raises(SourceError) as caught:
            read_file(str(path), max_bytes=2, seconds=5)
        assert (caught.value.code, caught.value.retryable) == (code, False)


def test_it_reads_an_answer_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    with open(reader) as stdin, open(writer, "wb") as other_end:
        monkeypatch.setattr(sys, "stdin", stdin)
        other_end.write("{가}".encode())
        other_end.close()
        assert read_file("-", max_bytes=10, seconds=5).body == "{가}".encode()


def test_it_reads_a_pipe_that_is_written_later(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Timer(0.3, (tmp_path / "pipe").write_bytes, [b"{}" * 100_000])
    writer.start()
    answer = read_file(str(tmp_path / "pipe"), max_bytes=10**6, seconds=10)
    writer.join()
    assert answer.body == b"{}" * 100_000


def test_what_never_ends_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
    for path in ("pipe", "loop", "socket", "x" * 300, "a\0b", "\udcff"):
        with pytest.raises(SourceError) as caught:
            read_file(str(tmp_path / path), max_bytes=10, seconds=0.2)
        assert caught.value.code == "source_file"
    with pytest.raises(SourceError, match="10바이트"):
        read_file("/dev/zero", max_bytes=10, seconds=5)


def test_a_writer_who_stays_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"{")
    with open(reader) as stdin, open(writer), monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", stdin)
        with pytest.raises(SourceError, match="0초 안에"):
            read_file("-", max_bytes=10, seconds=0.3)


def test_a_standard_input_that_is_closed_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SourceError) as caught:
        read_file("-", max_bytes=10, seconds=5)
    assert caught.value.code == "source_file"
