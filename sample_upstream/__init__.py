"""A stand-in for the D-Order server: it answers like it, lives, and misbehaves on demand.

Only the standard library is used, and nothing of the application is imported.
"""

from sample_upstream.advance import Event, Tick
from sample_upstream.faults import FAULT_NAMES
from sample_upstream.state import RecordedRequest
from sample_upstream.upstream import SampleUpstream
from sample_upstream.world import API_PATH, Booth, Menu, World

__all__ = [
    "API_PATH",
    "FAULT_NAMES",
    "Booth",
    "Event",
    "Menu",
    "RecordedRequest",
    "SampleUpstream",
    "Tick",
    "World",
]
