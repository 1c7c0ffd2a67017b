"""The CronJobs as one schedule, whatever the hour."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.control import CronJob, Reading, make_error
from booth.control.timetable import Timetable, make_timetable, measure_interval

SEOUL = ZoneInfo("Asia/Seoul")
BASE = "*/5 * * * *"
PEAK = "* 17-23 * * *"


def make_cronjob(**fields: Any) -> CronJob:
    """Return a CronJob that runs every five minutes, but for ``fields``."""
    usual: dict[str, Any] = {
        "name": "booth-sync",
        "namespace": "festival",
        "schedule": BASE,
        "time_zone": "Asia/Seoul",
        "suspended": False,
        "changed_by": "",
        "changed_at": None,
        "reason": "",
        "last_schedule": None,
        "active": (),
        "resource_version": "1",
    }
    return CronJob(**usual | fields)


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 5, 20, hour, minute, second, tzinfo=SEOUL)


def on(month: int, day: int, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, tzinfo=SEOUL)


def read(*cronjobs: CronJob, now: datetime, failures: tuple[str, ...] = ()) -> Timetable:
    errors = tuple(make_error(reason) for reason in failures)
    return make_timetable(Reading(cronjobs=cronjobs, failures=errors), now=now)


BOTH = (make_cronjob(), make_cronjob(name="booth-sync-peak", schedule=PEAK))


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        (at(16, 54, 59), 300),
        (at(16, 55), 300),
        (at(16, 59, 59), 300),
        (at(17, 0), 60),
        (at(20, 30, 30), 60),
        (at(23, 59, 59), 60),
        (at(0, 0), 300),
        (at(0, 2), 300),
    ],
)
def test_the_interval_is_the_gap_in_force_now(now: datetime, seconds: int) -> None:
    assert measure_interval(BOTH, now=now) == seconds
    assert measure_interval(BOTH, now=now.astimezone(UTC)) == seconds


@pytest.mark.parametrize("schedule", ["0 0 30 2 *", "@every 5m", "0 */5 * * * *"])
def test_a_cronjob_without_instants_leaves_the_interval_to_the_others(schedule: str) -> None:
    never = make_cronjob(name="never", schedule=schedule)
    for cronjobs in ((never, make_cronjob()), (make_cronjob(), never)):
        assert measure_interval(cronjobs, now=at(9)) == 300
    assert measure_interval([never], now=at(9)) is None
    assert measure_interval([], now=at(9)) is None


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [("@hourly", 1), ("0 */8 * * *", 8), ("@daily", 24), ("@weekly", 168), ("@yearly", 8760)],
)
def test_the_interval_is_measured_in_any_unit(schedule: str, hours: int) -> None:
    assert measure_interval([make_cronjob(schedule=schedule)], now=at(9)) == hours * 3600


def test_next_runs_are_told_for_what_runs_only() -> None:
    now = at(16, 58, 30)
    stopped = make_cronjob(name="booth-sync-peak", schedule=PEAK, suspended=True)
    table = read(make_cronjob(), stopped, now=now)
    assert [entry.next_run for entry in table.entries] == [at(17, 0), None]
    assert table.interval == 300
    assert [entry.next_run for entry in read(*BOTH, now=at(9)).entries] == [at(9, 5), at(17)]


@pytest.mark.parametrize("suspended", [False, True])
def test_the_schedule_runs_or_not_when_all_agree(suspended: bool) -> None:
    cronjobs = [make_cronjob(name=name, suspended=suspended) for name in ("a", "b")]
    table = read(*cronjobs, now=at(9))
    assert (table.is_running, table.error, table.interval) == (not suspended, None, 300)


def test_where_they_differ_nobody_knows_and_the_difference_is_told() -> None:
    table = read(make_cronjob(), make_cronjob(name="peak", suspended=True), now=at(9))
    assert table.is_running is None
    assert table.error is not None
    assert table.error.reason == "differing"
    assert "(booth-sync 켜짐, peak 꺼짐)" in table.error.message


def test_what_could_not_be_read_makes_the_state_unknown() -> None:
    table = read(make_cronjob(), now=at(9), failures=("unreachable",))
    assert (table.is_running, len(table.entries), table.interval) == (None, 1, None)
    assert table.error is not None
    assert table.error.reason == "unreachable"
    nothing = read(now=at(9), failures=("timeout",))
    assert (nothing.is_running, nothing.entries, nothing.interval) == (None, (), None)


@pytest.mark.parametrize(
    ("schedule", "next_run"),
    [
        ("@hourly", at(10)),
        ("@daily", at(0) + timedelta(days=1)),
        ("@midnight", at(0) + timedelta(days=1)),
        ("@weekly", on(5, 24)),  # a Sunday
        ("@monthly", on(6, 1)),
        ("@yearly", on(1, 1, year=2027)),
        ("@annually", on(1, 1, year=2027)),
        (" @hourly ", at(10)),
        ("0 */4 * * *", at(12)),
        ("0 */11 * * *", at(11)),
        ("0 */23 * * *", at(23)),
        ("0 10/6 * * *", at(10)),
        ("0 1-23/9 * * *", at(10)),
        ("0 0 1 */4 *", on(9, 1)),  # months count from January
        ("0 0 1 */11 *", on(12, 1)),
        ("0 0 1 2/5 *", on(7, 1)),
        ("0 0 1 feb/5 *", on(7, 1)),
        ("0 0 1 */12 *", on(1, 1, year=2027)),
        ("0 0 */2 * *", on(5, 21)),  # days count from the first
        ("1/20 * * * *", at(9, 1)),
        ("*/7 * * * *", at(9, 7)),
        ("0 */5 * * * *", None),  # six fields
        ("*/5 * * *", None),
        ("", None),
        ("0 12 ? * ?", at(12)),
        ("0 9 * * MON-FRI", at(9) + timedelta(days=1)),
        ("0 9 */10 * MON", at(9) + timedelta(days=1)),  # the 21st: a step is a choice of days
        ("0 9 */1 * MON", at(9) + timedelta(days=5)),
        ("0 9 ?,7 * MON", at(9) + timedelta(days=5)),
        ("0 9 1/15 * */7", at(9) + timedelta(days=4)),  # Sunday the 24th, though neither 1 nor 16
        ("0 9 * * thu/2", at(9) + timedelta(days=1)),
        ("0 9 * * 4/3", at(9) + timedelta(days=1)),
        ("0 9 * * 1/2,6", at(9) + timedelta(days=2)),  # Friday; the week ends on Saturday
        ("0 9 * * 6/1", at(9) + timedelta(days=3)),
        ("0 9 */0 * *", None),
        ("@every 5m", None),
        ("0 0 30 2 *", None),
    ],
)
def test_schedules_are_read_as_kubernetes_reads_them(
    schedule: str, next_run: datetime | None
) -> None:
    [entry] = read(make_cronjob(schedule=schedule), now=at(9)).entries
    assert entry.next_run == next_run


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../../etc/passwd", ""])
def test_a_strange_time_zone_makes_no_trouble(zone: str) -> None:
    [entry] = read(make_cronjob(time_zone=zone), now=at(9)).entries
    assert entry.next_run == (None if zone else at(9, 5))


def test_without_a_time_zone_the_hours_are_those_of_utc() -> None:
    [entry] = read(make_cronjob(schedule="0 12 * * *", time_zone=None), now=at(9)).entries
    assert entry.next_run == datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "next_run"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, 59, tzinfo=UTC), datetime(2026, 10, 25, 1, 0, tzinfo=UTC)),
    ],
)
def test_it_goes_on_where_the_clocks_change(now: datetime, next_run: datetime) -> None:
    [entry] = read(make_cronjob(time_zone="Europe/Berlin"), now=now).entries
    assert entry.next_run == next_run


def test_an_hour_that_the_clocks_skip_has_no_run() -> None:
    cronjob = make_cronjob(schedule="30 2 * * *", time_zone="Europe/Berlin")
    [entry] = read(cronjob, now=datetime(2026, 3, 28, 12, tzinfo=UTC)).entries
    assert entry.next_run == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


def test_all_that_could_not_be_read_is_told() -> None:
    table = read(now=at(9), failures=("unreachable", "timeout", "timeout"))
    assert table.error is not None
    assert table.error.reason == "unreachable"
    for reason in ("unreachable", "timeout"):
        assert table.error.message.count(make_error(reason).message) == 1


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(SEOUL)),  # noqa: DTZ001
    st.integers(1, 59),
)
def test_the_next_run_lies_ahead_by_no_more_than_the_interval(now: datetime, step: int) -> None:
    cronjob = make_cronjob(schedule=f"*/{step} * * * *")
    table = read(cronjob, now=now)
    [entry] = table.entries
    assert entry.next_run is not None
    assert table.interval is not None
    assert timedelta() < entry.next_run - now <= timedelta(seconds=table.interval)
    assert 60 <= table.interval <= step * 60
