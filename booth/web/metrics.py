"""The figures of the site for Prometheus, beside those that each run pushes."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client.exposition import choose_encoder

from booth.config.masking import redact
from booth.config.options import PushOptions
from booth.control.timetable import Timetable
from booth.database import limited_reading, require_migrations, translated_errors
from booth.errors import BoothSyncError
from booth.gauges import make_site_registry
from booth.status import find_last_success
from booth.stock import count_stock
from booth.web import tokens
from booth.web.access import METRICS, Handler, is_allowed
from booth.web.envelope import READING, describe_failure, describe_refusal, refuse_method, respond
from booth.web.people import may_see
from booth.web.timetables import timetables

logger = logging.getLogger("booth.metrics")
MAX_AGE_SECONDS = 15.0
"""How old the schedule may be: the API server is asked no more often for scrapes."""
MAX_LABEL = 120
"""Characters of who and why in a label: a sentence for a panel, the whole is on the console."""
ANSWERING = {"", "differing"}
"""Reasons of a timetable whose CronJobs could all be read."""
REMEMBERED, MAX_REMEMBERED = timedelta(hours=6), 100
_let_in: dict[str, datetime] = {}
"""Digests of tokens that were let in, and until when they are while the database is away."""


def serve(get_response: Handler) -> Handler:
    """Return middleware that answers ``/metrics`` for allowed addresses and for tokens.

    It stands before what looks at hosts, TLS and sessions: a pod is scraped by its address.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info != METRICS:
            return get_response(request)
        if request.method not in READING:
            return refuse_method(*READING)
        if refusal := None if is_allowed(request) else _judge_token(request):
            return refusal
        encode, kind = _choose_encoder(request.headers.get("Accept", ""))
        response = HttpResponse(encode(collect()), content_type=kind)
        response.headers["Cache-Control"] = "no-store"
        return response

    return middleware


def _choose_encoder(accept: str) -> Any:
    try:
        return choose_encoder(accept)
    except (TypeError, ValueError):  # a version that is none
        return choose_encoder("")


def collect() -> Any:
    """Return a registry with what is known; what could not be asked is said by ``up``."""
    schedule = describe_schedule(timetables.get(max_age=MAX_AGE_SECONDS))
    up: dict[str, bool] = schedule.pop("up") | {"database": True}
    stock: dict[str, dict[str, int]] = {}
    succeeded_at = None
    try:
        require_migrations()
        with limited_reading():
            stock = count_stock()
            last, _ = find_last_success()
            succeeded_at = last.finished_at.timestamp() if last and last.finished_at else None
    except BoothSyncError as error:
        logger.warning("%s code=%s", error.message, error.code)
        up["database"] = False
    return make_site_registry(
        instance=str(getattr(settings, "BOOTH_SYNC_INSTANCE", PushOptions().instance)),
        up=up,
        succeeded_at=succeeded_at,
        stock=stock,
        **schedule,
    )


def describe_schedule(timetable: Timetable) -> dict[str, Any]:
    """Return the figures of the schedule, and as ``up`` whether it could be read."""
    reason = timetable.error.reason if timetable.error else ""
    cronjobs = [entry.cronjob for entry in timetable.entries]
    instants = [entry.next_run for entry in timetable.entries if entry.next_run]
    return {
        "up": {"cluster": reason in ANSWERING} if timetable.is_configured else {},
        "suspended": {each.name: each.suspended for each in cronjobs},
        "suspended_since": {
            each.name: each.changed_at.timestamp()
            for each in cronjobs
            if each.suspended and each.changed_at
        },
        "suspended_by": {
            each.name: (_shorten(each.changed_by), _shorten(each.reason))
            for each in cronjobs
            if each.suspended
        },
        "next_run_at": min(instants).timestamp() if instants else None,
    }


def _shorten(text: str) -> str:
    """Return a label's value: masked before it is cut, as half a secret would not be found."""
    line = " ".join(redact(text).split())
    return line if len(line) <= MAX_LABEL else f"{line[: MAX_LABEL - 1]}…"


def _judge_token(request: HttpRequest) -> HttpResponse | None:
    """Return the refusal of who comes from elsewhere, None where a token lets them in.

    While the database is away, who was let in before still is: of all times, Prometheus must see
    it then.
    """
    scheme, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() not in {"token", "bearer"}:
        return respond(describe_failure("address_denied"))
    digest, now = tokens.make_digest(text.strip()), timezone.now()
    try:
        with translated_errors():
            token = tokens.find(text.strip())
            is_enough = token is not None and may_see(token.owner)
    except BoothSyncError as error:
        is_known = now < _let_in.get(digest, now)
        return None if is_known else respond(describe_refusal(error))
    _let_in.pop(digest, None)
    if token and is_enough:
        if len(_let_in) >= MAX_REMEMBERED:
            _let_in.clear()
        _let_in[digest] = min(token.expires_at, now + REMEMBERED)
    if token is None:
        challenge = {"WWW-Authenticate": "Bearer"}
        return respond(describe_failure("authentication_failed"), **challenge)
    return None if is_enough else respond(describe_failure("permission_denied"))
