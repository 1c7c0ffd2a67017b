"""A sign of life after each run for a watchdog outside, which alarms when it stays away."""

from __future__ import annotations

import logging
from urllib.parse import parse_qsl, urlencode

from booth.addresses import Address, read_address
from booth.config.options import HeartbeatOptions
from booth.sync.delivery import Receiver, deliver, explain
from booth.sync.report import SUCCESSES, RunReport

logger = logging.getLogger("booth.heartbeat")

WATCHDOG = Receiver(
    who="하트비트 서버",
    setting="BOOTH_SYNC_HEARTBEAT_URL",
    advice="BOOTH_SYNC_HEARTBEAT_URL을 확인하세요.",
)
UPTIME_KUMA = "/api/push/"
"""What the path of an Uptime Kuma push address holds, wherever it is installed."""


def send(report: RunReport, *, options: HeartbeatOptions) -> None:
    """GET the watchdog's address, or the one that tells of a failure, within ``options.timeout``.

    A watchdog in trouble costs one WARNING. Without a URL nothing is imported, sent or said.
    """
    if not options.url:
        return
    try:
        address = read_address(options.url)
        deliver(
            "GET",
            make_url(report, address),
            to=WATCHDOG,
            seconds=options.timeout,
            credentials=address.credentials,
            ca_bundle=options.ca_bundle,
            proxy=options.proxy,
        )
    except Exception as error:
        logger.warning(
            "하트비트를 보내지 못했습니다. 동기화 결과에는 영향이 없습니다 reason=%s",
            explain(error),
        )


def make_url(report: RunReport, address: Address) -> str:
    """Return what is asked for after ``report``.

    Uptime Kuma is told ``status``, ``msg`` and ``ping`` (milliseconds) in the query. Any other is
    asked for as it is, and after a failure for ``/fail`` below it with the error's code as ``msg``,
    as healthchecks.io and Better Stack take it.
    """
    has_succeeded = report.status in SUCCESSES
    code = report.error.code if report.error else report.status
    if UPTIME_KUMA in address.path:
        told = {
            "status": "up" if has_succeeded else "down",
            "msg": "OK" if has_succeeded else code,
            "ping": f"{report.duration * 1000:.0f}",
        }
        return _write(address, address.path, told)
    if has_succeeded:
        return address.url
    return _write(address, f"{address.path.rstrip('/')}/fail", {"msg": code})


def _write(address: Address, path: str, told: dict[str, str]) -> str:
    """Return the address with another path, and with ``told`` instead of what it says of these."""
    kept = [
        pair for pair in parse_qsl(address.query, keep_blank_values=True) if pair[0] not in told
    ]
    return f"{address.origin}{path}?{urlencode([*kept, *told.items()])}"
