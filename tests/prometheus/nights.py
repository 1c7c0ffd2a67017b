"""Nights of a festival, minute by minute: runs, a stop, what is lost and what is beside it."""

from __future__ import annotations

from .timelines import PUSHED, SCRAPED, Timeline, Value

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

    def find_next(minute: int) -> float | None:
        return None if is_stopped(minute) else (minute // 5 + 1) * 300.0

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
    night.put("booth_sync_next_run_timestamp_seconds", find_next, **SCRAPED)
    night.put("booth_sync_up", lambda _: 1.0, part="database", **SCRAPED)
    return night


def thin(night: Timeline) -> Timeline:
    """Return a night in which every seventh scrape fails."""
    for minute in range(0, 240, 7):
        night = night.cut(minute, minute + 1)
    return night


def keep_peak_hours(night: Timeline, *, begin: int, good: bool = True) -> Timeline:
    """Return a night with runs until minute 60 and then none before minute ``begin``."""
    from_then = begin if good else FOREVER

    def last(minute: int) -> float:
        return last_run(min(minute, 60) if minute < from_then else minute)

    for job in (PUSHED, SCRAPED):
        night.put("booth_sync_last_success_timestamp_seconds", last, **job)
    night.put(
        "booth_sync_next_run_timestamp_seconds",
        lambda m: max(begin * 60.0, last_run(m) + 300) if m >= 60 else last_run(m) + 300,
        **SCRAPED,
    )
    return night


def kube(
    timeline: Timeline,
    *,
    name: str = "booth-sync",
    scheduled: int = FOREVER,
    suspended: tuple[int, int] = (0, 0),
) -> Timeline:
    """Lay what kube-state-metrics tells of a CronJob that makes Jobs up to a minute.

    Its next Job is due after the last one, also in the past; none is while it is suspended.
    """
    labels = {"job": "kube-state-metrics", "cronjob": name}

    def is_suspended(minute: int) -> bool:
        return suspended[0] <= minute < suspended[1]

    def due(minute: int) -> float | None:
        return None if is_suspended(minute) else last_run(min(minute, scheduled)) + 300

    timeline.put("kube_cronjob_next_schedule_time", due, **labels)
    timeline.put("kube_cronjob_spec_suspend", lambda m: float(is_suspended(m)), **labels)
    return timeline


def kube_jobs(night: Timeline, *, failed: tuple[int, ...], name: str = "booth-sync") -> Timeline:
    """Lay what kube-state-metrics tells of Jobs that were made at these minutes and failed."""

    def since(begin: int, value: float) -> Value:
        return lambda minute: value if minute >= begin else None

    for begin in failed:
        job = {"job": "kube-state-metrics", "job_name": f"{name}-{begin}"}
        night.put("kube_job_created", since(begin, begin * 60.0), **job)
        night.put("kube_job_failed", since(begin + 1, 1.0), condition="true", **job)
    return night


def lose(night: Timeline, which: str, begin: int, end: int = FOREVER) -> Timeline:
    """Return a night in which nothing of ``which`` (a job, or a family) is scraped for a while."""
    lost = Timeline({name: value for name, value in night.series.items() if which in name})
    return Timeline(night.series | lost.cut(begin, end).series)


def keep_scraped(night: Timeline) -> Timeline:
    """Return a night of which nothing was pushed."""
    return Timeline({name: value for name, value in night.series.items() if "web" in name})
