"""Where an error on a terminal sends its reader."""

from __future__ import annotations

from collections.abc import Iterator

from booth.config.load import get_runbook_url
from booth.errors import BoothSyncError
from booth.runbook import find_address


def point_to_runbook(error: BoothSyncError) -> Iterator[str]:
    """Yield the last line of an error, where the site has a runbook that tells more."""
    if address := find_address(get_runbook_url(), error.code):
        yield f"자세히: {address}"
