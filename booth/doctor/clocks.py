"""Compares other clocks with ours: leases, schedules and tokens are held against them."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from django.db import connection

from booth.database import translated_errors
from booth.doctor.findings import Finding, approve, report, warn
from booth.errors import BoothSyncError

NAME = "시계"
MAX_SECONDS = 5.0
"""A lease, a schedule and a token tolerate this much, and a person does not notice it."""


def examine_database_clock() -> Finding:
    """Compare the clock of a PostgreSQL."""
    try:
        seconds = _read_database_clock()
    except BoothSyncError as error:
        return report(NAME, error)
    return judge_clock("데이터베이스", seconds=seconds)


def judge_clock(whose: str, *, seconds: float) -> Finding:
    """Judge the seconds by which another clock is ahead of ours."""
    message = f"이 컴퓨터의 시계가 {whose}의 시계와 {abs(seconds):.1f}초 다릅니다."
    if abs(seconds) <= MAX_SECONDS:
        return approve(NAME, message)
    return warn(NAME, message, next_step="두 컴퓨터의 시간 동기화(NTP)를 확인하세요.")


def _read_database_clock() -> float:
    with translated_errors(), connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT clock_timestamp()")
        [moment] = cursor.fetchone()
        middle = datetime.fromtimestamp((before + time.time()) / 2, UTC)
    return float((moment - middle).total_seconds())
