"""The figures of a run as gauges, pushed to a Pushgateway without ever failing the run."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from booth import __version__
from booth.config.options import PushOptions
from booth.http import DeadlineExceeded, call_within, make_basic_auth
from booth.sync.report import STAGES, SUCCESSES, RunReport

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

logger = logging.getLogger("booth.metrics")

JOB = "booth-sync"


def push(report: RunReport, *, options: PushOptions) -> None:
    """POST the figures of ``report`` within ``options.timeout`` seconds of wall-clock time.

    POST replaces only the families it names, so the time of the last success survives a failed
    run, which does not name it. A gateway in trouble costs one WARNING. Without a URL nothing is
    imported, sent or said.
    """
    if not options.url:
        return
    try:
        call_within(options.timeout, lambda: _push(report, options=options))
    except Exception as error:
        logger.warning(
            "Pushgateway에 지표를 보내지 못했습니다. 동기화 결과에는 영향이 없습니다 reason=%s",
            type(error).__name__,
        )


def _push(report: RunReport, *, options: PushOptions) -> None:
    from prometheus_client import pushadd_to_gateway

    pushadd_to_gateway(
        options.url.rstrip("/"),
        job=JOB,
        registry=make_registry(report, now=time.time()),
        grouping_key={"instance": options.instance},
        timeout=options.timeout,
        handler=_make_handler(options),
    )


def _make_handler(options: PushOptions) -> Callable[..., Callable[[], None]]:
    """Return a sender for prometheus-client that follows no redirect and uses no proxy."""

    def handle(
        url: str, method: str, timeout: float | None, headers: list[tuple[str, str]], data: bytes
    ) -> Callable[[], None]:
        def send() -> None:
            _request(options, method, url, timeout=timeout, headers=dict(headers), body=data)

        return send

    return handle


def check(options: PushOptions) -> None:
    """Ask the gateway whether it is ready, without pushing anything. Raises OSError."""
    url = f"{options.url.rstrip('/')}/-/ready"

    def ask() -> None:
        _request(options, "GET", url, timeout=options.timeout, headers={}, body=None)

    from urllib3.exceptions import HTTPError

    try:
        call_within(options.timeout, ask)
    except (HTTPError, DeadlineExceeded) as error:
        raise OSError(type(error).__name__) from None


def _request(
    options: PushOptions,
    method: str,
    url: str,
    *,
    timeout: float | None,
    headers: dict[str, str],
    body: bytes | None,
) -> None:
    """Send a request and raise OSError for any answer but success."""
    import urllib3

    with urllib3.PoolManager(ca_certs=options.ca_bundle or None) as pools:
        answer = pools.request(
            method,
            url,
            body=body,
            headers=headers | _make_credentials(options),
            timeout=timeout,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        with closing(answer):
            if not 200 <= answer.status < 300:
                raise OSError(f"HTTP {answer.status}")


def _make_credentials(options: PushOptions) -> dict[str, str]:
    """Return the header of basic auth; nothing without a user name."""
    if not options.username:
        return {}
    return {"Authorization": make_basic_auth(f"{options.username}:{options.password}")}


def make_registry(report: RunReport, *, now: float) -> CollectorRegistry:
    """Return a registry of its own with the gauges of ``report``; ``now`` in Unix seconds.

    Every label value is always there, because a push replaces a family as a whole.
    """
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()

    def gauge(name: str, text: str, *labels: str) -> Any:
        return Gauge(f"booth_sync_{name}", text, labels, registry=registry)

    succeeded = report.status in SUCCESSES
    if succeeded:
        gauge("last_success_timestamp_seconds", "End of the last successful run.").set(now)
    gauge("last_run_timestamp_seconds", "End of the last run.").set(now)
    gauge("last_run_success", "1 if the last run succeeded, partly or fully.").set(succeeded)
    gauge("last_run_duration_seconds", "Duration of the last run.").set(report.duration)
    stages = gauge("stage_duration_seconds", "Duration of each stage of the last run.", "stage")
    for stage in STAGES:
        stages.labels(stage).set(report.stages.get(stage, 0.0))
    items = gauge("last_run_items", "Items of the last run by result.", "entity", "result")
    for entity, counts in to_builtins(report.counts).items():
        for result, count in counts.items():
            items.labels(entity, result).set(count)
    gauge("feed_bytes", "Size of the last answer.").set(report.feed_bytes or 0)
    gauge("build_info", "Version of booth sync.", "version").labels(__version__).set(1)
    return registry
