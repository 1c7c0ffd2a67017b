"""The web part before a real Kubernetes API."""

from __future__ import annotations

from typing import Any

from tests.faults.databases import Database
from tests.web.site import serving


def serve(variables: dict[str, Any], **other: str) -> Any:
    """Serve the web part with the variables of a deployment, and others."""
    given = variables | other
    return serving(Database(given.pop("DATABASE_URL")), **given)


def without_database(variables: dict[str, Any]) -> dict[str, Any]:
    """Return the variables of a deployment but for the database's."""
    return {name: value for name, value in variables.items() if name != "DATABASE_URL"}
