"""Plain figures as metric families: those of a run for the push, those of the site for a scrape."""

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


def make_site_registry(
    *,
    instance: str,
    up: Mapping[str, bool],
    suspended: Mapping[str, bool],
    suspended_since: Mapping[str, float],
    suspended_by: Mapping[str, tuple[str, str]],
    next_run_at: float | None,
    succeeded_at: float | None,
    stock: Mapping[str, Mapping[str, int]],
) -> CollectorRegistry:
    """Return a registry of its own with what is known of the site now.

    Instants in Unix seconds, None where there is none. ``up`` is by part, ``suspended`` by CronJob,
    ``suspended_by`` (who, why) by CronJob, ``stock`` by entity and state. What is not known is not
    named: no figure is better than an old one. Each has the label ``instance`` of the pushed ones,
    for ``honor_labels``.
    """
    registry = CollectorRegistry()

    def gauge(name: str, text: str, values: Mapping[str, float], label: str = "") -> None:
        labels = ("instance", label) if label else ("instance",)
        family = Gauge(f"booth_sync_{name}", text, labels, registry=registry)
        for key, value in values.items():
            family.labels(*((instance, key) if label else (instance,))).set(value)

    gauge("up", "1 if this part could be asked: database, cluster.", up, "part")
    gauge("suspended", "1 if the CronJob is suspended.", suspended, "cronjob")
    text = "Since when the CronJob is suspended."
    gauge("suspended_since_timestamp_seconds", text, suspended_since, "cronjob")
    text = "Who suspended the CronJob and why; always 1, and only while it is suspended."
    labels = ("instance", "cronjob", "by", "reason")
    told = Gauge("booth_sync_suspended_info", text, labels, registry=registry)
    for cronjob, (by, reason) in suspended_by.items():
        told.labels(instance, cronjob, by, reason).set(1)
    for name, text, instant in (
        ("next_run_timestamp_seconds", "The next run that is scheduled.", next_run_at),
        ("last_success_timestamp_seconds", "End of the last successful run.", succeeded_at),
    ):
        gauge(name, text, {} if instant is None else {"": instant})
    for entity, counts in stock.items():
        gauge(entity, f"{entity.capitalize()} in the database by state.", counts, "state")
    return registry
