"""Every request that the two APIs take: what it asks for, what it is given, and who may."""

from __future__ import annotations

from typing import Any, TypedDict

import msgspec

from booth import texts
from booth.documents import ReportDocument, RunDocument, StatusDocument, SwitchDocument
from booth.models import SyncRun
from booth.web import examples
from booth.web.api import (
    DEFAULT_PAGE,
    MAX_NUMBER,
    MAX_PAGE,
    PreviewBody,
    SwitchBody,
    SyncBody,
)
from booth.web.snapshot import PublicBooth

BOOLEAN = {"type": "string", "enum": ["true", "false"]}
NUMBER = {"type": "integer", "minimum": 1, "maximum": MAX_NUMBER}


class BoothList(TypedDict):
    """The booths that there are now, and how old that is."""

    as_of: str | None
    updated_at: str | None
    stale: bool
    booths: list[PublicBooth]


class RunPage(TypedDict):
    """Runs, newest first; ``next`` is the number for ``before``, null at the end."""

    runs: list[RunDocument]
    next: int | None


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """A request that is taken: what it asks for and what it is given.

    ``may`` is who may ask. ``failures`` are the codes beside those that every such door has.
    """

    path: str
    method: str
    may: str
    summary: str
    message: str
    data: Any
    example: Any
    body: Any = None
    query: dict[str, Any] = {}
    failures: tuple[str, ...] = ()


PUBLIC, SEE, OPERATE = "public", "see", "operate"
READING = ("parse_error", "invalid", "too_large", "unsupported_media_type")
CHANGING = (*READING, "reason")
DOORS = (
    Door(
        path="/booths/",
        method="get",
        may=PUBLIC,
        summary="부스 목록",
        message=texts.LIST_READ,
        example=examples.BOOTHS,
        data=BoothList,
        query={"name": {"type": "string"}, "free": BOOLEAN, "in_stock": BOOLEAN},
        failures=("invalid",),
    ),
    Door(
        path="/booths/{id}/",
        method="get",
        may=PUBLIC,
        summary="부스 하나",
        message=texts.BOOTH_READ,
        example=examples.BOOTH,
        data=PublicBooth,
        failures=("not_found",),
    ),
    Door(
        path="/booths/sync/start/",
        method="post",
        may=OPERATE,
        summary="예약 실행 켜기",
        message=texts.STARTED,
        example=examples.STARTED,
        data=SwitchDocument,
        body=SwitchBody,
        failures=CHANGING,
    ),
    Door(
        path="/booths/sync/stop/",
        method="post",
        may=OPERATE,
        summary="예약 실행 끄기",
        message=texts.STOPPED,
        example=examples.STOPPED,
        data=SwitchDocument,
        body=SwitchBody,
        failures=CHANGING,
    ),
    Door(
        path="/booths/sync/once/",
        method="post",
        may=OPERATE,
        summary="지금 한 번 동기화",
        message=texts.COMPLETED,
        example=examples.REPORT,
        data=ReportDocument,
        body=SyncBody,
        failures=(*CHANGING, "sync_in_progress", "sync_too_soon", "source_timeout"),
    ),
    Door(
        path="/booths/sync/preview/",
        method="post",
        may=OPERATE,
        summary="무엇이 바뀔지 미리 보기",
        message=texts.PREVIEWED,
        example=examples.PREVIEW,
        data=ReportDocument,
        body=PreviewBody,
        failures=(*READING, "source_timeout"),
    ),
    Door(
        path="/booths/sync/status/",
        method="get",
        may=SEE,
        summary="상태",
        message=texts.STATUS_READ,
        example=examples.STATUS,
        data=StatusDocument,
    ),
    Door(
        path="/booths/sync/runs/",
        method="get",
        may=SEE,
        summary="지난 실행",
        message=texts.RUNS_READ,
        example=examples.RUNS,
        data=RunPage,
        query={
            "limit": NUMBER | {"maximum": MAX_PAGE, "default": DEFAULT_PAGE},
            "before": NUMBER,
            "status": {"type": "string", "enum": list(SyncRun.Status.values)},
            "trigger": {"type": "string", "enum": list(SyncRun.Trigger.values)},
        },
        failures=("invalid",),
    ),
    Door(
        path="/booths/sync/runs/{id}/",
        method="get",
        may=SEE,
        summary="실행 하나",
        message=texts.RUN_READ,
        example=examples.RUN,
        data=RunDocument,
        failures=("not_found",),
    ),
)
