"""The console's pages to look at: the first page, runs, booths."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response

from booth import operations
from booth.errors import Problem
from booth.sync.report import STAGES
from booth.texts import STAGES as STAGE_WORDS
from booth.web.console.banners import take
from booth.web.console.board import make_board
from booth.web.console.booths import list_booths
from booth.web.console.entry import ONLY_SEES, for_viewers
from booth.web.console.strip import LEGEND, RUNS, make_strip
from booth.web.envelope import describe_failure
from booth.web.pages import show_failure
from booth.web.people import may_operate
from booth.web.timetables import timetables

PAGE = 50
MEANINGS = {
    "rejected": "이 항목은 쓰지 않았습니다. 저장된 값이 있으면 그대로입니다.",
    "duplicate": "같은 이름이 여럿이라 하나만 썼습니다.",
    "conflict": "사람이 관리하는 부스라 건드리지 않았습니다.",
    "missing": "D-Order의 목록에 없습니다.",
}
"""What a problem means for the booth."""


@for_viewers
def show_board(request: HttpRequest) -> HttpResponse:
    """Show the first page; after a press with the schedule as it is now."""
    banners = list(take(request))
    context = _read_board(request, anew=bool(banners))
    return render(request, "booth_web/console/board.html", context | {"banners": banners})


@for_viewers
def show_state(request: HttpRequest) -> HttpResponse:
    """Answer with what of the first page changes, or that nothing has."""
    context = _read_board(request)
    response = render(request, "booth_web/console/state.html", context)
    tag = f'"{sha256(response.content).hexdigest()[:32]}"'
    response.headers["ETag"] = tag
    return get_conditional_response(request, etag=tag, response=response) or response


@for_viewers
def show_runs(request: HttpRequest) -> HttpResponse:
    """Show the runs before a number, newest first."""
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    page = operations.read_page(limit=PAGE, before=before)
    context = {
        "runs": page.runs,
        "now": timezone.now(),
        "next": page.next,
        "is_first": before is None,
    }
    return render(request, "booth_web/console/runs.html", context)


@for_viewers
def show_run(request: HttpRequest, number: int) -> HttpResponse:
    """Show one run: what it did, and what was wrong."""
    run = operations.read_run(number)
    if run is None:
        return show_failure(describe_failure("not_found"))
    problems = [(Problem(**each), MEANINGS.get(each["kind"], "")) for each in run.problems]
    stages = [(STAGE_WORDS[name], run.stages[name]) for name in STAGES if name in run.stages]
    context = {
        "run": run,
        "problems": problems,
        "stages": stages,
        "longest": max((taken for _, taken in stages), default=0.0),
        "now": timezone.now(),
    }
    return render(request, "booth_web/console/run.html", context)


@for_viewers
def show_booths(request: HttpRequest) -> HttpResponse:
    """Show the booths as operators look for them."""
    wanted = request.GET.get("q", "").strip()[:100]
    page = list_booths(wanted, page=request.GET.get("page", "1"))
    edits = request.user.has_perm("booth.change_booth")
    context = {"page": page, "wanted": wanted, "edits": edits, "now": timezone.now()}
    return render(request, "booth_web/console/booths.html", context)


def _read_board(request: HttpRequest, *, anew: bool = False) -> dict[str, Any]:
    timetable = timetables.get(anew=anew)
    status = operations.read_status(timetable=timetable, recent=RUNS)
    operates = may_operate(request.user)
    board = make_board(status, now=timezone.now(), operates=operates)
    return {
        "board": board,
        "operates": operates,
        "only_sees": "" if operates else ONLY_SEES,
        "strip": make_strip(status.runs),
        "legend": LEGEND,
    }
