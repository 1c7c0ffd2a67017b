"""A made-up evening of a festival, told by the code's own gauges.

In six hours D-Order is away for half an hour, a menu has no name for a while, and during a sound
check the schedule is stopped. Families and labels are those of the code, only values are made up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from booth.gauges import make_registry, make_site_registry

MINUTES = 363
ZONE = ZoneInfo("Asia/Seoul")
BEGAN = datetime(2026, 5, 22, 17, tzinfo=ZONE).timestamp()
ENDED = BEGAN + MINUTES * 60
SITE = {"namespace": "festival", "instance": "festival/booth-sync"}
CRONJOBS = ("booth-sync", "booth-sync-peak")
BY, REASON = "minji", "음향 점검: 무대 정리"
AWAY, STOPPED, NAMELESS = range(95, 125), range(210, 255), range(150, 185)
"""Minutes in which D-Order is away, the schedule is stopped, and a menu has no name."""
BOOTHS, TABLES, MENUS = 40, 480, 400
FIRST_JOB, KEPT_JOBS = int(BEGAN // 60), 3
"""As the controller names them, and how many it keeps of each end."""
Sample = tuple[str, dict[str, str], float]


def tell(minute: int) -> Iterator[Sample]:
    """Yield what would be scraped in a minute: name, labels and value of each sample."""
    yield from _read_gateway(minute)
    yield from _read(_scrape(minute), {"job": "booth-sync-web"})
    yield from _watch_cluster(minute)


def find_last_success(minute: int) -> int:
    """Return the minute of the last run that was good."""
    return [each for each in _list_runs(minute) if _is_good(each)][-1]


def _read_gateway(minute: int) -> Iterator[Sample]:
    """Yield what was pushed: what a failed run does not name stays as it was."""
    pushed = [_push(find_last_success(minute)), _push(_last_run(minute))]
    samples = {
        (name, *labels.items()): (name, labels, value)
        for registry in pushed
        for name, labels, value in _read(registry, {"job": "booth-sync"})
    }
    yield from samples.values()


def _read(registry: CollectorRegistry, labels: dict[str, str]) -> Iterator[Sample]:
    for family in registry.collect():
        for sample in family.samples:
            yield sample.name, SITE | labels | sample.labels, sample.value


def _list_runs(minute: int) -> list[int]:
    """Return the minutes of the runs until now, of a schedule of five minutes."""
    return [each for each in range(0, minute + 1, 5) if each not in STOPPED]


def _last_run(minute: int) -> int:
    return _list_runs(minute)[-1]


def _is_good(minute: int) -> bool:
    return minute not in AWAY


def _instant(minute: int) -> float:
    return BEGAN + minute * 60


def _push(minute: int) -> CollectorRegistry:
    good, busy = _is_good(minute), _how_busy(minute)
    stages = {"fetch": 0.18 + 0.2 * busy, "parse": 0.02, "plan": 0.03, "store": 0.05 + 0.06 * busy}
    if not good:
        stages = dict.fromkeys(stages, 0.0) | {"fetch": 2.1}
    changed = round(BOOTHS * busy) if good else 0
    results = dict.fromkeys(("created", "missing", "rejected", "duplicate", "conflict"), 0)
    return make_registry(
        ended_at=_instant(minute),
        succeeded_at=_instant(minute) if good else None,
        duration=sum(stages.values()) + 0.1,
        stages=stages,
        items={
            "booths": results | {"updated": changed, "created": 40 if minute == 0 else 0},
            "menus": results | {"updated": 3 * changed, "rejected": int(minute in NAMELESS)},
        },
        feed_bytes=38_400 + round(900 * busy) if good else 0,
    )


def _scrape(minute: int) -> CollectorRegistry:
    stopped = minute in STOPPED
    seen = find_last_success(minute)
    used, sold_out = (
        round(TABLES * 0.9 * _how_busy(seen)),
        round(MENUS * 0.3 * (seen / MINUTES) ** 2),
    )
    return make_site_registry(
        instance=SITE["instance"],
        up={"database": True, "cluster": True},
        suspended=dict.fromkeys(CRONJOBS, stopped),
        suspended_since=dict.fromkeys(CRONJOBS, _instant(STOPPED[0])) if stopped else {},
        suspended_by=dict.fromkeys(CRONJOBS, (BY, REASON)) if stopped else {},
        next_run_at=None if stopped else BEGAN + (minute // 5 + 1) * 300,
        succeeded_at=_instant(seen),
        stock={
            "booths": {"listed": BOOTHS, "own": 3, "missing": 1},
            "tables": {"free": TABLES - used, "used": used},
            "menus": {"in_stock": MENUS - sold_out, "sold_out": sold_out, "missing": 4},
        },
    )


def _watch_cluster(minute: int) -> Iterator[Sample]:
    """Yield what kube-state-metrics would tell of the CronJobs and of the Jobs that are kept."""
    labels = {"job": "kube-state-metrics", "namespace": SITE["namespace"]}
    for name in CRONJOBS:
        cronjob = labels | {"cronjob": name}
        yield "kube_cronjob_spec_suspend", cronjob, float(minute in STOPPED)
        if minute not in STOPPED:
            yield "kube_cronjob_next_schedule_time", cronjob, _instant(_last_run(minute) + 5)
    runs = _list_runs(minute)
    for good in (True, False):
        for run in [each for each in runs if _is_good(each) == good][-KEPT_JOBS:]:
            job = labels | {"job_name": f"booth-sync-{FIRST_JOB + run}"}
            yield "kube_job_created", job, _instant(run)
            yield "kube_job_status_active", job, 0.0
            yield "kube_job_failed", job | {"condition": "true"}, float(not good)


def _how_busy(minute: int) -> float:
    """Return how full the festival is, from 0 to 1: fullest after four hours."""
    return math.exp(-(((minute - 240) / 130) ** 2)) * (0.94 + 0.06 * math.sin(minute / 9))
