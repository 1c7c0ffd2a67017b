"""Reads the upstream's answer, over HTTP or from a file."""

from booth.source.fetch import Answer, fetch, read_file

__all__ = ["Answer", "fetch", "read_file"]
