"""Everything that can go wrong between D-Order and its reader, by name."""

from sample_upstream.faults import bodies, connections, responses
from sample_upstream.faults.call import (
    BadQuery,
    Call,
    find_fault,
    list_fault_names,
    read_number,
)

FAULT_NAMES = list_fault_names()

__all__ = [
    "FAULT_NAMES",
    "BadQuery",
    "Call",
    "bodies",
    "connections",
    "find_fault",
    "read_number",
    "responses",
]
