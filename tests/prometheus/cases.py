"""Which alerts fire in which night, by minute."""

from __future__ import annotations

from .nights import (
    FOREVER,
    keep_peak_hours,
    keep_scraped,
    kube,
    kube_jobs,
    last_run,
    lose,
    make_night,
    thin,
)
from .timelines import PUSHED, SCRAPED, Timeline

STALE, FAILING, NEVER = "BoothSyncStale", "BoothSyncFailing", "BoothSyncNeverSucceeded"
SLOW, REJECTING, TOO_LONG = "BoothSyncSlow", "BoothSyncRejectingItems", "BoothSyncStoppedTooLong"
ABSENT, PUSH = "BoothSyncMetricsAbsent", "BoothSyncPushFailing"
NOT_SCHEDULED, JOB_FAILED = "BoothSyncNotScheduled", "BoothSyncJobFailed"

CASES: dict[str, tuple[Timeline, dict[int, set[str]]]] = {
    "a night like any other": (kube(make_night()), {60: set(), 200: set()}),
    "runs fail from minute 30 on": (
        make_night(good=((0, 30),)),
        {40: set(), 42: {FAILING}, 45: {FAILING, STALE}, 200: {FAILING, STALE}},
    ),
    "one run fails": (make_night(good=((0, 30), (35, FOREVER))), {33: set(), 44: set(), 60: set()}),
    "no run has ever succeeded": (
        make_night(good=()),
        {10: set(), 12: {FAILING}, 21: {FAILING, NEVER}, 200: {FAILING, NEVER}},
    ),
    "a stop on purpose is left in peace, and told when it lasts": (
        make_night(stopped=(30, FOREVER)),
        {45: set(), 60: set(), 90: set(), 93: {TOO_LONG}, 200: {TOO_LONG}},
    ),
    "a stop within two minutes of the threshold keeps the pager still": (
        make_night(good=((0, 30),), stopped=(42, FOREVER)),  # stale at 41, would fire at 43
        {
            41: {FAILING},
            43: set(),
            50: set(),
            90: set(),
            102: set(),
            104: {TOO_LONG},
            200: {TOO_LONG},
        },
    ),
    "a stop after failures silences them": (
        make_night(good=((0, 30),), stopped=(60, FOREVER)),
        {59: {FAILING, STALE}, 62: {STALE}, 67: set(), 100: set()},
    ),
    "a start has fifteen minutes of grace": (
        make_night(stopped=(30, 120)),
        {119: {TOO_LONG}, 121: set(), 130: set(), 160: set()},
    ),
    "after a start that helps nothing it is told again": (
        make_night(good=((0, 30),), stopped=(30, 120)),
        {121: set(), 134: set(), 140: {STALE}, 200: {FAILING, STALE}},
    ),
    "a slow night": (
        make_night().put("booth_sync_last_run_duration_seconds", lambda m: 90.0, **PUSHED),
        {10: set(), 20: {SLOW}},
    ),
    "one slow run": (
        make_night().put(
            "booth_sync_last_run_duration_seconds",
            lambda m: 90.0 if 30 <= m < 35 else 0.4,
            **PUSHED,
        ),
        {34: set(), 50: set()},
    ),
    "items are rejected for long": (
        make_night().put(
            "booth_sync_last_run_items",
            lambda m: 2.0,
            **PUSHED | {"entity": "menus", "result": "rejected"},
        ),
        {10: set(), 20: {REJECTING}},
    ),
    "nothing is scraped": (Timeline(), {20: set(), 35: {ABSENT}}),
    "a site without the web part": (
        Timeline({name: value for name, value in make_night().series.items() if "web" not in name}),
        {60: set(), 200: set()},
    ),
    "pushes are lost, and it is no false alarm": (
        make_night().put(
            "booth_sync_last_success_timestamp_seconds", lambda m: last_run(min(m, 60)), **PUSHED
        ),
        {65: set(), 90: {PUSH}, 200: {PUSH}},
    ),
    "the gateway is away, and nobody would know of failures": (
        lose(make_night(), PUSHED["job"] + '"', 60),
        {60: set(), 74: set(), 76: {ABSENT}, 200: {ABSENT}},
    ),
    "the gateway is started anew, and the next run fills it": (
        lose(make_night(), PUSHED["job"] + '"', 61, 65),
        {62: set(), 80: set(), 200: set()},
    ),
    "the gateway is started anew in a long stop": (
        lose(make_night(stopped=(30, FOREVER)), PUSHED["job"] + '"', 61),
        {80: set(), 93: {TOO_LONG}, 200: {TOO_LONG}},
    ),
    "the database is away, and there is no gateway": (
        lose(keep_scraped(make_night()), "last_success", 60).put(
            "booth_sync_up", lambda m: float(m < 60), part="database", **SCRAPED
        ),
        {65: set(), 72: {ABSENT}, 200: {ABSENT}},
    ),
    "the web part is away during a stop, which is still known": (
        lose(make_night(stopped=(30, FOREVER)), '"web"', 50),
        {60: set(), 64: set(), 67: {ABSENT}, 200: {ABSENT}},
    ),
    "the web part is away, and runs fail": (
        lose(make_night(good=((0, 60),)), '"web"', 50),
        {60: set(), 80: {FAILING, STALE, ABSENT}, 200: {FAILING, STALE, ABSENT}},
    ),
    "a schedule for peak hours alone has nothing due by day": (
        keep_peak_hours(make_night(), begin=200),
        {80: set(), 150: set(), 199: set(), 203: set(), 230: set()},
    ),
    "and is told of when its first run does not succeed": (
        keep_peak_hours(make_night(), begin=200, good=False),
        {199: set(), 204: {STALE}, 230: {STALE}},
    ),
    "there is no Pushgateway, and no pod ever starts": (
        keep_scraped(make_night(good=())),
        {10: set(), 17: {NEVER}, 200: {NEVER}},
    ),
    "there is no Pushgateway, and runs fail": (
        keep_scraped(make_night(good=((0, 30),))),
        {40: set(), 45: {STALE}, 200: {STALE}},
    ),
    "there is no Pushgateway, and a stop lasts": (
        keep_scraped(make_night(good=((0, 30),), stopped=(30, FOREVER))),
        {45: set(), 93: {TOO_LONG}, 200: {TOO_LONG}},
    ),
    "a scrape that fails now and then resets nothing": (
        thin(make_night(good=((0, 30),))),
        {49: {FAILING, STALE}, 56: {FAILING, STALE}, 100: {FAILING, STALE}},
    ),
    "a slow night with scrapes that fail": (
        thin(make_night().put("booth_sync_last_run_duration_seconds", lambda m: 90.0, **PUSHED)),
        {10: set(), 20: {SLOW}, 49: {SLOW}, 100: {SLOW}},
    ),
    "items are rejected, and scrapes fail": (
        thin(
            make_night().put(
                "booth_sync_last_run_items",
                lambda m: 2.0,
                **PUSHED | {"entity": "menus", "result": "rejected"},
            )
        ),
        {10: set(), 20: {REJECTING}, 49: {REJECTING}, 100: {REJECTING}},
    ),
    "a deploy of the web during a stop wakes nobody": (
        make_night(stopped=(30, FOREVER))
        .put(
            "booth_sync_suspended",
            lambda m: None if 50 <= m < 58 else float(m >= 30),
            **SCRAPED | {"cronjob": "booth-sync"},
        )
        .put(
            "booth_sync_suspended",
            lambda m: None if 50 <= m < 58 else float(m >= 30),
            **SCRAPED | {"cronjob": "booth-sync-peak"},
        ),
        {50: set(), 57: set(), 70: set()},
    ),
    "two replicas tell the same once": (
        make_night(good=((0, 30),)).put(
            "booth_sync_last_success_timestamp_seconds",
            lambda m: min(last_run(m), 1500.0),
            pod="web-2",
            **SCRAPED,
        ),
        {60: {FAILING, STALE}},
    ),
    "one of two CronJobs is suspended": (
        make_night(good=((0, 30),)).put(
            "booth_sync_suspended", lambda m: 1.0, **SCRAPED | {"cronjob": "booth-sync-peak"}
        ),
        {60: {FAILING, STALE}},
    ),
    "the controller makes no Jobs": (
        kube(make_night(), scheduled=30),
        {65: set(), 72: {NOT_SCHEDULED}},
    ),
    "nothing is scheduled during a stop": (
        kube(make_night(stopped=(30, 120)), scheduled=30, suspended=(30, 120)),
        {80: set(), 119: {TOO_LONG}, 130: set()},
    ),
    "a CronJob for peak hours has nothing to do by day": (
        kube(make_night()).put(
            "kube_cronjob_next_schedule_time",
            lambda m: 18 * 3600.0,
            **{"job": "kube-state-metrics", "cronjob": "booth-sync-peak"},
        ),
        {60: set(), 200: set()},
    ),
    "a CronJob for peak hours is started outside them": (
        kube(
            make_night(stopped=(30, 120)), name="booth-sync-peak", suspended=(30, 120), scheduled=25
        ),
        {119: {TOO_LONG}, 130: set(), 200: set()},
    ),
    "one Job fails": (
        kube_jobs(make_night(good=((0, 30), (35, FOREVER))), failed=(30,)),
        {33: set(), 40: set()},
    ),
    "two Jobs fail": (
        kube_jobs(make_night(good=((0, 30), (40, FOREVER))), failed=(30, 35)),
        {34: set(), 37: {JOB_FAILED}, 44: {JOB_FAILED}, 50: set()},
    ),
    "Jobs fail before a stop": (
        kube(
            kube_jobs(make_night(good=((0, 30),), stopped=(39, FOREVER)), failed=(30, 35)),
            suspended=(39, FOREVER),
        ),
        {38: {JOB_FAILED}, 40: set(), 44: set()},
    ),
    "somebody else's Jobs fail": (
        kube_jobs(make_night(), failed=(30, 35), name="backup"),
        {37: set(), 44: set()},
    ),
}
