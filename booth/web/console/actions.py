"""The console's presses: each does one thing and ends in a banner that says what."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url

from booth import operations, texts
from booth.changes import describe_field
from booth.config.masking import redact
from booth.documents import describe_report
from booth.errors import BoothSyncError
from booth.models import SyncRun
from booth.operations import Switched
from booth.sync.report import RunReport
from booth.web import presses
from booth.web.console.banners import say, take
from booth.web.console.board import make_mark
from booth.web.console.entry import SeeOther, for_operators
from booth.web.console.reasons import tell_last_switch
from booth.web.envelope import READING
from booth.web.timetables import timetables

READY_REASONS = ("D-Order 점검", "부스 정보를 손으로 고치는 중", "오늘 운영 종료")
KINDS = {"create": "새로 생김", "update": "바뀜", "miss": "사라짐"}
LIFTED = frozenset({"feed_empty", "feed_shrunk"})
"""Refusals that somebody may lift once, who knows that the list really is so short."""
CONSOLE = SyncRun.Trigger.CONSOLE
PRESS_SECONDS = 8.0
"""So long a press waits to see what it would change: a page gives up earlier."""


@for_operators("POST")
def start(request: HttpRequest) -> HttpResponse:
    """Turn the schedule on."""
    return _switch(request, suspended=False)


@for_operators(*READING, "POST")
def stop(request: HttpRequest) -> HttpResponse:
    """Ask for the reason, which confirms the press, and turn the schedule off."""
    if request.method != "POST":
        seen = make_mark(timetables.get().entries)
        return _ask_reason(request, seen=seen)
    reason = request.POST.get("own", "").strip() or request.POST.get("reason", "")
    try:
        if not operations.clean_reason(reason):
            return _ask_reason(request, problem="이유를 고르거나 적으세요.", status=400)
    except BoothSyncError as error:
        return _ask_reason(request, problem=error.message, status=400)
    return _switch(request, suspended=True, reason=reason)


@for_operators("POST")
def sync(request: HttpRequest) -> HttpResponse:
    """Sync once, now; with ``allow_shrink`` also from a list that is suspiciously short."""
    allow_shrink = request.POST.get("allow_shrink") == "1"
    reason = request.POST.get("reason", "").strip()
    if allow_shrink and not reason:
        say(request, "error", "줄어든 목록을 받아들이려면 이유를 적으세요. 바꾼 것이 없습니다.")
        return SeeOther(f"{resolve_url('console:preview')}?allow_shrink=1")
    try:
        report = presses.sync(
            request.user, trigger=CONSOLE, reason=reason, allow_shrink=allow_shrink
        )
    except BoothSyncError as error:
        say(request, "error", error.message)
    else:
        _tell_report(request, report)
    return SeeOther(resolve_url("console:board"))


@for_operators(*READING)
def preview(request: HttpRequest) -> HttpResponse:
    """Show what a sync would change now, and let it be done or lift what refuses it."""
    allow_shrink = request.GET.get("allow_shrink") == "1"
    report = presses.preview(trigger=CONSOLE, allow_shrink=allow_shrink)
    document = redact(describe_report(report))
    context = {
        "banners": list(take(request)),
        "report": document,
        "booths": _group(document.get("changes", [])),
        "more": document.get("more_changes", 0),
        "is_lifted": allow_shrink,
        "can_be_lifted": bool(report.error and report.error.code in LIFTED),
        "reason_length": operations.MAX_REASON,
    }
    return render(request, "booth_web/console/preview.html", context)


def _switch(request: HttpRequest, *, suspended: bool, reason: str = "") -> HttpResponse:
    """Switch the schedule if it still is as it was shown, and lead to the first page."""
    timetable = timetables.get(anew=True, patience=PRESS_SECONDS)
    if timetable.is_configured and timetable.error and not timetable.entries:
        say(request, "error", timetable.error.message)
        return SeeOther(resolve_url("console:board"))
    seen = request.POST.get("seen", "")
    is_done = timetable.is_running is not None and timetable.is_running is not suspended
    if timetable.entries and seen != make_mark(timetable.entries) and not is_done:
        text = f"그 사이에 예약 실행이 바뀌어 처리하지 않았습니다. {tell_last_switch(timetable)}"
        say(request, "warning", f"{text} 확인하고 다시 누르세요.")
        return SeeOther(resolve_url("console:board"))
    press = presses.stop if suspended else presses.start
    try:
        switched = press(request.user, reason=reason)
    except BoothSyncError as error:
        say(request, "error", error.message)
    else:
        _tell_switch(request, switched)
    return SeeOther(resolve_url("console:board"))


def _tell_switch(request: HttpRequest, switched: Switched) -> None:
    if not switched.changed:
        say(request, "warning", texts.ALREADY[switched.suspended])
        return
    text = texts.SWITCHED[switched.suspended]
    if switched.suspended and (switched.run or switched.jobs):
        text += " 이미 시작된 실행은 끝까지 갑니다."
    say(request, "success", text, undo="start" if switched.suspended else "stop")


def _tell_report(request: HttpRequest, report: RunReport) -> None:
    if report.error:
        say(request, "error", report.error.message, run=report.run)
        return
    counts = (report.counts.booths, report.counts.menus)
    done = sum(each.created + each.updated for each in counts)
    gone = sum(each.missing for each in counts)
    text = f"동기화했습니다. 바뀐 것 {done}개, 사라진 것 {gone}개."
    say(request, "success", text, run=report.run)


def _ask_reason(
    request: HttpRequest, *, seen: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "seen": request.POST.get("seen", seen),
        "ready": READY_REASONS,
        "chosen": request.POST.get("reason", ""),
        "own": request.POST.get("own", ""),
        "problem": problem,
        "reason_length": operations.MAX_REASON,
    }
    return render(request, "booth_web/console/stop.html", context, status=status)


def _group(changes: Any) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return, by booth, what would happen to it and to its menus."""
    grouped = []
    for booth, group in groupby(changes, key=lambda change: change["booth"]):
        lines = [
            (
                KINDS[change["kind"]],
                change["menu"] or "",
                " · ".join(describe_field(name, *pair) for name, pair in change["fields"].items()),
            )
            for change in group
        ]
        grouped.append((booth, lines))
    return grouped
