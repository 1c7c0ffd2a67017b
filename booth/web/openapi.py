"""The OpenAPI document of both APIs, made from the very types and sentences that they answer with.

msgspec gives the JSON Schema of each document; what stands here is only which door takes and gives
what. A test holds the doors against the URLs.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, TypedDict

import msgspec

from booth import __version__, texts
from booth.documents import ReportDocument, RunDocument, StatusDocument, SwitchDocument
from booth.models import SyncRun
from booth.web import examples
from booth.web.api import DEFAULT_PAGE, MAX_NUMBER, MAX_PAGE, SwitchBody, SyncBody
from booth.web.envelope import FAILURES, JSON, UNAVAILABLE, wrap
from booth.web.public import BOOTH_READ
from booth.web.snapshot import LIST_READ, PublicBooth

REFS = "#/components/schemas/{name}"
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
CHANGING = ("parse_error", "invalid", "too_large", "unsupported_media_type", "reason")
DOORS = (
    Door(
        path="/booths/",
        method="get",
        may=PUBLIC,
        summary="부스 목록",
        message=LIST_READ,
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
        message=BOOTH_READ,
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
        body=SyncBody,
        failures=(*CHANGING, "source_timeout"),
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
EVERYWHERE = ("bad_host", "method_not_allowed", "internal")
GUARDED = (
    *("address_denied", "not_authenticated", "authentication_failed", "permission_denied"),
    *("not_acceptable", "csrf_failed"),
)
OF_RUNS = {
    "reason": (400, "이유는 인쇄할 수 있는 글자로 200자 이하여야 합니다."),
    "sync_in_progress": (409, "다른 동기화가 이미 실행 중이어서 건너뛰었습니다."),
    "sync_too_soon": (429, "방금 동기화했습니다. 30초 뒤에 다시 시도하세요."),
    "source_timeout": (502, "D-Order가 제한 시간 안에 응답을 마치지 않았습니다."),
    "database": (UNAVAILABLE, "데이터베이스를 쓸 수 없습니다."),
}
"""Examples of failures whose sentences depend on what happened."""


@cache
def make_document() -> dict[str, Any]:
    """Return the document, OpenAPI 3.1."""
    kinds = {kind for door in DOORS for kind in (door.data, door.body) if kind}
    _, schemas = msgspec.json.schema_components(kinds, ref_template=REFS)
    paths: dict[str, Any] = {}
    for door in DOORS:
        paths.setdefault(door.path, {})[door.method] = _describe(door)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "booth sync",
            "version": __version__,
            "description": "축제 사이트의 부스 목록과, 그것을 D-Order에 맞추는 동기화.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "Authorization"},
                "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            },
        },
    }


def _describe(door: Door) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": door.summary,
        "operationId": "_".join([door.method, *re.findall(r"\w+", door.path)]),
        "tags": ["부스" if door.may == PUBLIC else "동기화"],
        "security": [] if door.may == PUBLIC else [{"token": []}, {"session": []}],
        "parameters": list(_list_parameters(door)),
        "responses": _list_responses(door),
    }
    if door.body:
        content = {JSON: {"schema": {"$ref": REFS.format(name=door.body.__name__)}}}
        described["requestBody"] = {"required": False, "content": content}
    return described


def _list_parameters(door: Door) -> list[dict[str, Any]]:
    listed = [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in door.query.items()
    ]
    if "{id}" in door.path:
        listed.append({"name": "id", "in": "path", "required": True, "schema": NUMBER})
    return listed


def _list_responses(door: Door) -> dict[str, Any]:
    data = {"$ref": REFS.format(name=door.data.__name__)}
    responses = {"200": _respond(200, {"const": door.message}, data, door.summary)}
    responses["200"]["content"][JSON]["example"] = wrap(200, door.message, door.example)
    if door.may == PUBLIC:
        responses["304"] = {"description": "그대로입니다."}
    codes = (*EVERYWHERE, *(GUARDED if door.may != PUBLIC else ()), *door.failures, "database")
    by_status: dict[int, dict[str, str]] = {}
    for code in codes:
        status, message = OF_RUNS.get(code) or (FAILURES[code].status, FAILURES[code].message)
        by_status.setdefault(status, {})[code] = message
    for status, told in sorted(by_status.items()):
        answer = {
            "type": "object",
            "required": ["code"],
            "properties": {"code": {"type": "string"}},
        }
        described = _respond(status, {"type": "string"}, answer, " · ".join(told))
        described["content"][JSON]["examples"] = {
            code: {"value": wrap(status, message, {"code": code})} for code, message in told.items()
        }
        responses[str(status)] = described
    return responses


def _respond(status: int, message: Any, data: Any, description: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["statusCode", "message", "data"],
        "properties": {"statusCode": {"const": status}, "message": message, "data": data},
        "additionalProperties": False,
    }
    return {"description": description, "content": {JSON: {"schema": schema}}}
