"""Which part of the operators' runbook helps with an error."""

from __future__ import annotations

OFF, STALE, STUCK = "안-켜짐", "데이터가-오래됨", "멈출-수-없음"
REFUSED, DATABASE = "목록-거부", "데이터베이스"
PARTS = (OFF, STALE, STUCK, REFUSED, DATABASE)
"""The runbook's headings as a forge makes anchors of them, in their order."""
ANCHORS = {
    "config": OFF,
    "no_cronjob": OFF,
    "lost": STALE,
    "run_expired": STALE,
    "database": DATABASE,
    "constraint": DATABASE,
    "encoding": DATABASE,
    "engine": DATABASE,
    "migrations": DATABASE,
    "rights": DATABASE,
    "schema": DATABASE,
}
FAMILIES = {"control_": STUCK, "feed_": REFUSED, "source_": STALE}
"""The parts for every code that begins so."""
WITHOUT = frozenset(
    {"aborted", "admin", "by", "internal", "reason", "sync_in_progress", "sync_too_soon", "token"}
)
"""Codes whose sentence says it all."""


def find_address(url: str, code: str) -> str:
    """Return where the runbook at ``url`` tells of a code; empty without a runbook or a part."""
    family = next((part for start, part in FAMILIES.items() if code.startswith(start)), "")
    anchor = ANCHORS.get(code, family)
    return f"{url}#{anchor}" if url and anchor else ""
