"""Nights of a festival, and which alerts fire in them."""

from __future__ import annotations

from .timelines import PUSHED, SCRAPED, Timeline

STALE, FAILING, NEVER = "BoothSyncStale", "BoothSyncFailing", "BoothSyncNeverSucceeded"
SLOW, REJECTING, TOO_LONG = "BoothSyncSlow", "BoothSyncRejectingItems", "BoothSyncStoppedTooLong"
ABSENT, PUSH = "BoothSyncMetricsAbsent", "BoothSyncPushFailing"
NOT_SCHEDULED, JOB_FAILED = "BoothSyncNotScheduled", "BoothSyncJobFailed"
FOREVER = 10_000


def last_run(minute: int) -> float:
    """Return the end of the last run of a schedule of five minutes."""
    return minute // 5 * 300.0


def make_night(
    *, good: tuple[tuple[int, int], ...] = ((0, FOREVER),), stopped: tuple[int, int] | None = None
) -> Timeline:
    """Return a night whose runs succeed while ``good``, with a stop in between, in minutes."""
    off, on = stopped or (FOREVER, FOREVER)

    def is_stopped(minute: int) -> bool:
        return off <= minute < on

    def ran(minute: int) -> int:
        """Return the minute of the last run."""
        return max((each for each in range(0, minute + 1, 5) if not is_stopped(each)), default=0)

    def is_good(minute: int) -> bool:
        return any(begin <= minute < end for begin, end in good)

    def succeeded(minute: int) -> float | None:
        times = [each for each in range(0, minute + 1, 5) if is_good(each) and not is_stopped(each)]
        return times[-1] * 60.0 if times else None

    night = Timeline()
    night.put("booth_sync_last_run_timestamp_seconds", lambda m: ran(m) * 60.0, **PUSHED)
    night.put("booth_sync_last_run_success", lambda m: float(is_good(ran(m))), **PUSHED)
    night.put("booth_sync_last_run_duration_seconds", lambda _: 0.4, **PUSHED)
    for entity in ("booths", "menus"):
        labels = PUSHED | {"entity": entity, "result": "rejected"}
        night.put("booth_sync_last_run_items", lambda _: 0.0, **labels)
    for job in (PUSHED, SCRAPED):
        night.put("booth_sync_last_success_timestamp_seconds", succeeded, **job)
    for cronjob in ("booth-sync", "booth-sync-peak"):
        labels = SCRAPED | {"cronjob": cronjob}
        night.put("booth_sync_suspended", lambda m: float(is_stopped(m)), **labels)
        night.put(
            "booth_sync_suspended_since_timestamp_seconds",
            lambda m: off * 60.0 if is_stopped(m) else None,
            **labels,
        )
    night.put("booth_sync_up", lambda _: 1.0, part="database", **SCRAPED)
    return night


def kube(
    timeline: Timeline, *, scheduled: int = FOREVER, suspended: tuple[int, int] = (0, 0)
) -> Timeline:
    """Lay what kube-state-metrics tells of a CronJob that makes Jobs up to a minute.

    Its next Job is due after the last one, also in the past; none is while it is suspended.
    """
    labels = {"job": "kube-state-metrics", "cronjob": "booth-sync"}

    def is_suspended(minute: int) -> bool:
        return suspended[0] <= minute < suspended[1]

    def due(minute: int) -> float | None:
        return None if is_suspended(minute) else last_run(min(minute, scheduled)) + 300

    timeline.put("kube_cronjob_next_schedule_time", due, **labels)
    timeline.put("kube_cronjob_spec_suspend", lambda m: float(is_suspended(m)), **labels)
    return timeline


def keep_scraped(night: Timeline) -> Timeline:
    """Return a night of which nothing was pushed."""
    return Timeline({name: value for name, value in night.series.items() if "web" in name})


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
        {59: {FAILING, STALE}, 67: set(), 100: set()},
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
    "the gateway has forgotten everything": (
        keep_scraped(make_night()),
        {60: set(), 200: set()},
    ),
    "there is no Pushgateway, and runs fail": (
        keep_scraped(make_night(good=((0, 30),))),
        {40: set(), 45: {STALE}, 200: {STALE}},
    ),
    "there is no Pushgateway, and a stop lasts": (
        keep_scraped(make_night(good=((0, 30),), stopped=(30, FOREVER))),
        {45: set(), 93: {TOO_LONG}, 200: {TOO_LONG}},
    ),
    "a scrape that is missing now and then resets nothing": (
        make_night(good=((0, 30),)).put(
            "booth_sync_last_success_timestamp_seconds",
            lambda m: None if m % 7 == 0 else 1500.0,
            **PUSHED,
        ),
        {49: {FAILING, STALE}, 56: {FAILING, STALE}, 100: {FAILING, STALE}},
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
    "a Job fails": (
        make_night()
        .put("kube_job_failed", lambda m: 1.0, job="ksm", job_name="booth-sync-1", condition="true")
        .put("kube_job_created", lambda m: 3600.0, job="ksm", job_name="booth-sync-1"),
        {62: {JOB_FAILED}, 80: set()},
    ),
    "somebody else's Job fails": (
        make_night()
        .put("kube_job_failed", lambda m: 1.0, job="ksm", job_name="backup-1", condition="true")
        .put("kube_job_created", lambda m: 3600.0, job="ksm", job_name="backup-1"),
        {62: set()},
    ),
}
