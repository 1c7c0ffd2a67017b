"""The OpenAPI document of both APIs, made from the very types and sentences that they answer with.

msgspec gives the JSON Schema of each document; which door takes and gives what stands in ``doors``.
A test holds the doors against the URLs.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec

from booth import __version__
from booth.config.options import RunOptions
from booth.errors import SourceError, StoreError, SyncInProgress, SyncTooSoon, UsageError
from booth.web.doors import DOORS, NUMBER, PUBLIC, Door
from booth.web.envelope import FAILURES, JSON, describe_failure, describe_refusal, wrap
from booth.web.presses import PAUSE_SECONDS

REFS = "#/components/schemas/{name}"
EVERYWHERE = ("bad_host", "method_not_allowed", "internal")
GUARDED = (
    *("address_denied", "not_authenticated", "authentication_failed", "permission_denied"),
    *("not_acceptable", "csrf_failed"),
)
ERRORS = (
    UsageError("이유는 인쇄할 수 있는 글자로 200자 이하여야 합니다.", code="reason"),
    SyncInProgress(lease=RunOptions().lease),
    SyncTooSoon(wait=PAUSE_SECONDS),
    SourceError("D-Order가 제한 시간 안에 응답을 마치지 않았습니다.", code="source_timeout"),
    StoreError("데이터베이스를 쓸 수 없습니다."),
)
"""Examples of failures whose sentences depend on what happened."""
TOLD = {error.code: describe_refusal(error) for error in ERRORS}
TOLD |= {code: describe_failure(code) for code in FAILURES}


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
    by_status: dict[int, dict[str, Any]] = {}
    for code in codes:
        by_status.setdefault(TOLD[code]["statusCode"], {})[code] = {"value": TOLD[code]}
    for status, examples_of in sorted(by_status.items()):
        answer = {
            "type": "object",
            "required": ["code"],
            "properties": {"code": {"type": "string"}},
        }
        described = _respond(status, {"type": "string"}, answer, " · ".join(examples_of))
        described["content"][JSON]["examples"] = examples_of
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
