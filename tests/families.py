"""The metric families that there are, from the registries of the code."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from booth.gauges import make_registry, make_site_registry
from booth.sync.plan import Counts


def make_pushed() -> CollectorRegistry:
    """Return a registry in which each family of a run has a sample."""
    items = {"booths": dict.fromkeys(Counts().booths.__struct_fields__, 0)}
    return make_registry(
        ended_at=0.0, succeeded_at=0.0, duration=0.0, stages={"": 0.0}, items=items, feed_bytes=0
    )


def make_scraped() -> CollectorRegistry:
    """Return a registry in which each family of the web part has a sample."""
    return make_site_registry(
        instance="",
        up={"": True},
        suspended={"": True},
        suspended_since={"": 0.0},
        suspended_by={"": ("", "")},
        next_run_at=0.0,
        succeeded_at=0.0,
        stock={entity: {"": 0} for entity in ("booths", "tables", "menus")},
    )


def list_families() -> dict[str, tuple[str, ...]]:
    """Return the labels of each family by its name, in their order and without ``instance``."""
    return {
        family.name: tuple(label for label in sample.labels if label != "instance")
        for registry in (make_pushed(), make_scraped())
        for family in registry.collect()
        for sample in family.samples
    }
