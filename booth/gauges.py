"""The figures of a run as metric families, for the push and for whoever else shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Gauge

from booth import __version__


def make_registry(
    *,
    ended_at: float,
    succeeded_at: float | None,
    duration: float,
    stages: Mapping[str, float],
    items: Mapping[str, Mapping[str, int]],
    feed_bytes: int,
) -> CollectorRegistry:
    """Return a registry of its own with the gauges of the last run.

    Instants in Unix seconds, durations in seconds. ``stages`` are by name, ``items`` by entity and
    result; both name every label value, as a push replaces a family as a whole. ``succeeded_at`` is
    ``ended_at`` where the last run succeeded; without it that family is not named, so that what was
    pushed of it before survives.
    """
    registry = CollectorRegistry()

    def gauge(name: str, text: str, *labels: str) -> Any:
        return Gauge(f"booth_sync_{name}", text, labels, registry=registry)

    if succeeded_at is not None:
        gauge("last_success_timestamp_seconds", "End of the last successful run.").set(succeeded_at)
    gauge("last_run_timestamp_seconds", "End of the last run.").set(ended_at)
    success = gauge("last_run_success", "1 if the last run succeeded, partly or fully.")
    success.set(succeeded_at == ended_at)
    gauge("last_run_duration_seconds", "Duration of the last run.").set(duration)
    durations = gauge("stage_duration_seconds", "Duration of each stage of the last run.", "stage")
    for stage, seconds in stages.items():
        durations.labels(stage).set(seconds)
    counts = gauge("last_run_items", "Items of the last run by result.", "entity", "result")
    for entity, results in items.items():
        for result, count in results.items():
            counts.labels(entity, result).set(count)
    gauge("feed_bytes", "Size of the last answer.").set(feed_bytes)
    gauge("build_info", "Version of booth sync.", "version").labels(__version__).set(1)
    return registry
