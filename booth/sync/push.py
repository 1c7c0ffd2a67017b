"""The figures of a run as gauges, pushed to a Pushgateway without ever failing the run."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

from msgspec import to_builtins

from booth.addresses import read_address
from booth.config.options import PushOptions
from booth.sync.delivery import Receiver, deliver, explain
from booth.sync.report import STAGES, SUCCESSES, RunReport

logger = logging.getLogger("booth.metrics")

JOB = "booth-sync"
GATEWAY = Receiver(
    who="Pushgateway",
    setting="BOOTH_SYNC_PUSHGATEWAY_URL",
    advice="BOOTH_SYNC_PUSHGATEWAY_URL과 사용자 이름, 암호를 확인하세요.",
)


def push(report: RunReport, *, options: PushOptions) -> None:
    """POST the figures of ``report`` within ``options.timeout`` seconds of wall-clock time.

    POST replaces only the families it names, so the time of the last success survives a failed
    run, which does not name it. A gateway in trouble costs one WARNING. Without a URL nothing is
    imported, sent or said.
    """
    if not options.url:
        return
    try:
        _push(report, options=options)
    except Exception as error:
        logger.warning(
            "Pushgateway에 지표를 보내지 못했습니다. 동기화 결과에는 영향이 없습니다 reason=%s",
            explain(error),
        )


def _push(report: RunReport, *, options: PushOptions) -> None:
    from prometheus_client import pushadd_to_gateway

    from booth import gauges

    def handle(*, url: str, method: str, data: bytes, headers: Any, **_: Any) -> Any:
        return partial(_send, options, method, url, headers=headers, body=data)

    now = time.time()
    registry = gauges.make_registry(
        ended_at=now,
        succeeded_at=now if report.status in SUCCESSES else None,
        duration=report.duration,
        stages={stage: report.stages.get(stage, 0.0) for stage in STAGES},
        items=to_builtins(report.counts),
        feed_bytes=report.feed_bytes or 0,
    )
    # The client knows the gateway's paths and format; what it sends with by itself follows
    # redirects and uses proxies, and its timeout starts anew with every byte.
    pushadd_to_gateway(
        _find_base(options),
        job=JOB,
        registry=registry,
        grouping_key={"instance": options.instance},
        handler=handle,
    )


def check(options: PushOptions) -> None:
    """Ask the gateway whether it is ready, without pushing anything. Raises OSError."""
    _send(options, "GET", f"{_find_base(options)}/-/ready")


def _find_base(options: PushOptions) -> str:
    return read_address(options.url).url.rstrip("/")


def _send(options: PushOptions, method: str, url: str, **content: Any) -> None:
    own = f"{options.username}:{options.password}" if options.username else ""
    deliver(
        method,
        url,
        to=GATEWAY,
        seconds=options.timeout,
        credentials=own or read_address(options.url).credentials,
        ca_bundle=options.ca_bundle,
        proxy=options.proxy,
        **content,
    )
