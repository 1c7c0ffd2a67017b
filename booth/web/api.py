"""The control API: start, stop, once, status, preview, and the runs so far."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response

from booth import operations, texts
from booth.documents import describe_report, describe_run, describe_status, describe_switch
from booth.models import SyncRun
from booth.sync.report import RunReport
from booth.web import presses
from booth.web.envelope import wrap
from booth.web.views import (
    EnvelopeView,
    MayOperate,
    Refused,
    make_refusal,
    make_response,
    read_body,
)

MAX_PAGE, DEFAULT_PAGE = 100, 20
MAX_NUMBER = 2**63 - 1
_PRINTABLE = r"^[\t-\r\x1c-\x1f\x85\p{L}\p{M}\p{N}\p{P}\p{S}\p{Z}]*$"
Reason = Annotated[
    str, msgspec.Meta(extra_json_schema={"maxLength": operations.MAX_REASON, "pattern": _PRINTABLE})
]
"""Documented here and judged by ``operations.clean_reason``, whose refusal says what to do."""


class SwitchBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a start or stop may be told."""

    reason: Reason = ""


class SyncBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a sync may be told."""

    reason: Reason = ""
    allow_shrink: bool = False


class PreviewBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a preview may be told: it needs no reason, for it changes nothing."""

    allow_shrink: bool = False


class SwitchView(EnvelopeView):
    """Turns the schedule on or off, as ``act`` does, and says so by ``message``."""

    permission_classes = (MayOperate,)
    act: Any = None
    message = ""

    def post(self, request: Request) -> Response:
        """Switch, and tell when it runs next or what still runs."""
        body = read_body(request, SwitchBody)
        switched = self.act(request.user, reason=body.reason)
        return make_response(wrap(200, self.message, describe_switch(switched)))


class OnceView(EnvelopeView):
    """Syncs once, in this process."""

    permission_classes = (MayOperate,)

    def post(self, request: Request) -> Response:
        """Sync, and tell what it came to."""
        body = read_body(request, SyncBody)
        report = presses.sync(
            request.user,
            trigger=SyncRun.Trigger.API,
            reason=body.reason,
            allow_shrink=body.allow_shrink,
        )
        return tell_report(report, texts.COMPLETED)


class PreviewView(EnvelopeView):
    """Shows what a sync would change."""

    permission_classes = (MayOperate,)

    def post(self, request: Request) -> Response:
        """Plan, and store nothing."""
        body = read_body(request, PreviewBody)
        report = presses.preview(trigger=SyncRun.Trigger.API, allow_shrink=body.allow_shrink)
        return tell_report(report, texts.PREVIEWED)


class StatusView(EnvelopeView):
    """Tells how the sync is."""

    def get(self, _request: Request) -> Response:
        """Return the predecessor's five keys, and more."""
        document = describe_status(operations.read_status())
        return make_response(wrap(200, texts.STATUS_READ, document))


class RunListView(EnvelopeView):
    """Lists the runs so far."""

    def get(self, request: Request) -> Response:
        """Return the newest, or those before a number, of a status or trigger if asked for."""
        query = request.query_params
        limit = read_number(query.get("limit", str(DEFAULT_PAGE)), most=MAX_PAGE)
        before = read_number(query["before"], most=MAX_NUMBER) if "before" in query else None
        wanted = {
            name: read_choice(query[name], choices=values)
            for name, values in CHOICES.items()
            if name in query
        }
        if query.keys() - {"limit", "before", *CHOICES}:
            raise Refused("invalid")
        page = operations.read_page(limit=limit, before=before, **wanted)
        data = {"runs": [describe_run(run) for run in page.runs], "next": page.next}
        return make_response(wrap(200, texts.RUNS_READ, data))


class RunView(EnvelopeView):
    """Tells of one run."""

    def get(self, _request: Request, number: int) -> Response:
        """Return its row, problems included."""
        run = operations.read_run(number)
        if run is None:
            raise Refused("not_found")
        return make_response(wrap(200, texts.RUN_READ, describe_run(run)))


CHOICES: dict[str, list[str]] = {
    "status": SyncRun.Status.values,
    "trigger": SyncRun.Trigger.values,
}


def tell_report(report: RunReport, message: str) -> Response:
    """Return the answer for what a run came to."""
    document = describe_report(report)
    if report.error is None:
        return make_response(wrap(200, message, document))
    return make_refusal(report.error, report=document)


def read_number(text: str, *, most: int) -> int:
    """Return a positive number of the query. Raises Refused."""
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 19 and 1 <= int(text) <= most):
        raise Refused("invalid")
    return int(text)


def read_choice(text: str, *, choices: list[str]) -> str:
    """Return a text that is one of the choices. Raises Refused."""
    if text not in choices:
        raise Refused("invalid")
    return text
