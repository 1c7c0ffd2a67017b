"""Schedules of CronJobs, from the dialect of Kubernetes into that of CronSim."""

from __future__ import annotations

FIELDS = (range(60), range(24), range(1, 32), range(1, 13), range(7))
"""Minutes, hours, days of the month, months, days of the week."""
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
NUMBERS = dict(zip(DAYS + MONTHS, (*range(7), *range(1, 13)), strict=True))
MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""What a CronJob may say instead of five fields; ``@every`` has no instants of its own."""


def translate_schedule(schedule: str) -> str:
    """Return a schedule as Kubernetes reads it (robfig/cron 3) in the terms of CronSim (Debian).

    To Kubernetes a step over all days is a choice of days, which the other field of days widens
    instead of narrowing; the week ends on Saturday; and an hour that a change of the clocks skips
    is skipped. CronSim makes no exception for such an hour where there is a field of seconds.

    Raises ValueError for what is neither five fields nor a macro.
    """
    fields = MACROS.get(schedule.strip(), schedule).upper().replace("?", "*").split()
    lists = ["0"]
    for field, choice in zip(fields, FIELDS, strict=True):
        parts = [_list_steps(part, choice) for part in field.split(",")]
        lists.append("*" if "*" in parts else ",".join(parts))
    return " ".join(lists)


def _list_steps(part: str, choice: range) -> str:
    """Return a part of a field with its steps written out; ``*`` where it allows everything."""
    span, _, step = part.partition("/")
    if not step or (span, int(step)) == ("*", 1):
        return span
    first, _, last = (f"{choice[0]}-{choice[-1]}" if span == "*" else span).partition("-")
    start = int(NUMBERS.get(first, first))
    end = int(NUMBERS.get(last, last)) if last else choice[-1]
    return ",".join(map(str, range(start, end + 1, int(step))))
