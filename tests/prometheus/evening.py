"""An evening of a festival in half a minute, with real servers, that two Prometheus watch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families

from sample_upstream import SampleUpstream
from tests.cluster.conftest import NAMES
from tests.cluster.control_plane import ControlPlane
from tests.cluster.deployment import deploy
from tests.cluster.places import free_ports
from tests.cluster.waiting import wait_for
from tests.conftest import make_feed, run_command
from tests.faults.databases import fresh_database
from tests.pushgateway.real import serving_gateway
from tests.web.site import DIRECT
from tests.web.site import serving as serving_site

from .examples import fill_alertmanager, fill_prometheus, shorten_rules
from .expressions import list_rules
from .kube_state import let_a_job_be_overdue, let_jobs_fail, serving_kube_state
from .servers import (
    Chat,
    Prometheus,
    listening,
    serving_alertmanager,
    serving_prometheus,
)
from .versions import VERSIONS, find

INSTANCE = "festival/booth-sync"
BY, REASON = "minji", "음향 점검: D-Order가 바쁩니다"
HALF_BROKEN = make_feed(
    [
        {
            "boothName": f"부스 {number}",
            "boothAllTable": 10,
            "boothUsageTable": number,
            "Menus": [{"menuName": "파전", "menuIngredidentReminder": 5}, {"price": 1}],
        }
        for number in range(3)
    ]
)
"""Each booth has a menu without a name."""
TIMES = {"day": (False, False), "night": (False, True), "festival-night": (True, True)}
"""Kinds of time by name: is it the festival, is it night."""


@dataclass(frozen=True, kw_only=True)
class Evening:
    """What is left of it, with everything still running."""

    began: float
    watchers: Mapping[str, Prometheus]
    """A Prometheus by its version."""
    gateway: str
    """Its origin."""
    sites: Sequence[str]
    """Origins of two replicas."""
    addresses: Mapping[str, Sequence[str]]
    """What is scraped, by job."""
    rules: Path
    successes: Sequence[tuple[float, float]]
    """After a success, a failure, a success: the gateway's last success and last run."""
    chat: Chat
    alertmanagers: Mapping[str, str]
    """Addresses by kind of time."""


@contextmanager
def spending(plane: ControlPlane, *, folder: Path) -> Iterator[Evening]:
    """Yield an evening in which each alert has fired, and that ends with a stop."""
    with ExitStack() as stack:
        deployment = deploy(plane, namespace="festival")
        stack.callback(deployment.remove)
        database = stack.enter_context(fresh_database())
        upstream = stack.enter_context(SampleUpstream(booths=5, menus=3))
        gateway = stack.enter_context(serving_gateway(folder))
        variables = {
            "KUBECONFIG": str(deployment.operator),
            "BOOTH_SYNC_CRONJOBS": ",".join(NAMES),
            "BOOTH_SYNC_INSTANCE": INSTANCE,
        }
        sites = [
            stack.enter_context(serving_site(database, **DIRECT, **variables)).origin
            for _ in range(2)
        ]
        variables |= {
            "DATABASE_URL": database.url,
            "BOOTH_SYNC_API_URL": upstream.url,
            "BOOTH_SYNC_PUSHGATEWAY_URL": gateway,
            "BOOTH_SYNC_MAX_ATTEMPTS": "1",
        }
        chat = stack.enter_context(listening())
        alertmanagers = {
            name: stack.enter_context(_serving_alertmanager(name, chat.url, folder))
            for name in TIMES
        }
        addresses = {
            "pushgateway": [gateway.removeprefix("http://")],
            "booth-sync-web": [origin.removeprefix("http://") for origin in sites],
            "kube-state-metrics": [
                stack.enter_context(serving_kube_state(plane.admin_kubeconfig, folder=folder))
            ],
        }
        rules = shorten_rules(folder)
        began = time.time()
        nothing = fill_prometheus(rules=rules, targets={})
        watchers = {
            version: stack.enter_context(
                serving_prometheus(
                    find("prometheus", version=version), nothing, folder=folder / version
                )
            )
            for version in VERSIONS
        }
        _wait_for_alerts(watchers, began, "BoothSyncMetricsAbsent")
        told = list(alertmanagers.values())
        for watcher in watchers.values():
            watcher.change(fill_prometheus(rules=rules, targets=addresses, alertmanagers=told))
        let_jobs_fail(deployment)
        let_a_job_be_overdue(deployment, "booth-sync-peak")
        successes = _run_often(variables, watchers, began, gateway, folder)
        yield Evening(
            began=began,
            watchers=watchers,
            gateway=gateway,
            sites=sites,
            addresses=addresses,
            rules=rules,
            successes=successes,
            chat=chat,
            alertmanagers=alertmanagers,
        )


def _run_often(
    variables: dict[str, str],
    watchers: Mapping[str, Prometheus],
    began: float,
    gateway: str,
    folder: Path,
) -> list[tuple[float, float]]:
    """Let runs fail and succeed until each alert has fired, then stop the schedule."""
    feed = folder / "feed.json"
    feed.write_bytes(HALF_BROKEN)
    [nobody] = free_ports(1)
    away = {"BOOTH_SYNC_API_URL": f"http://127.0.0.1:{nobody}/"}

    _manage(69, "sync", **variables | away)
    _wait_for_alerts(watchers, began, "BoothSyncFailing", "BoothSyncNeverSucceeded")
    _manage(0, "sync", "--from-file", str(feed), **variables)
    seen = [_read_instants(gateway)]
    _wait_for_alerts(watchers, began, "BoothSyncRejectingItems", "BoothSyncSlow")
    _manage(69, "sync", **variables | away)
    seen.append(_read_instants(gateway))
    _manage(0, "sync", **variables)
    seen.append(_read_instants(gateway))
    _manage(0, "sync", **variables | {"BOOTH_SYNC_PUSHGATEWAY_URL": ""})
    _wait_for_alerts(watchers, began, "BoothSyncStale", "BoothSyncPushFailing")
    _wait_for_alerts(watchers, began, "BoothSyncNotScheduled", "BoothSyncJobFailed")
    _manage(0, "stop", "--by", BY, "--reason", REASON, **variables)
    every = [rule["alert"] for rule in list_rules() if "alert" in rule]
    _wait_for_alerts(watchers, began, *every)
    return seen


def _manage(status: int, *arguments: str, **variables: Any) -> None:
    ended = run_command("booth_sync", *arguments, **variables)
    assert ended.returncode == status, ended.stdout + ended.stderr


def _wait_for_alerts(watchers: Mapping[str, Prometheus], began: float, *names: str) -> None:
    for version, watcher in watchers.items():
        try:
            wait_for(lambda: watcher.list_fired(began) >= set(names), seconds=60)  # noqa: B023
        except TimeoutError as error:
            quiet = set(names) - watcher.list_fired(began)
            raise AssertionError(f"{version} never fired {sorted(quiet)}") from error


def _read_instants(gateway: str) -> tuple[float, float]:
    text = requests.get(f"{gateway}/metrics", timeout=10).text
    values = {each.name: each.samples[0].value for each in text_string_to_metric_families(text)}
    return (
        values["booth_sync_last_success_timestamp_seconds"],
        values["booth_sync_last_run_timestamp_seconds"],
    )


def _serving_alertmanager(name: str, url: str, folder: Path) -> Any:
    is_festival, is_night = TIMES[name]
    config = fill_alertmanager(url=f"{url}/{name}", is_festival=is_festival, is_night=is_night)
    return serving_alertmanager(find("alertmanager"), config, folder=folder / name)
