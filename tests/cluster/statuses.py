"""The error answers of a Kubernetes API server, word for word as version 1.34 gives them."""

import json
from http import HTTPStatus
from typing import Any

from .deployment import OPERATOR
from .wire import Answer, Request

FRONT_END_PAGE = b"""<html>\r
<head><title>502 Bad Gateway</title></head>\r
<body>\r
<center><h1>502 Bad Gateway</h1></center>\r
</body>\r
</html>\r
"""
LOGIN_PAGE = b"<!doctype html><title>Sign in</title><form method=post><input name=user></form>"
OUT_OF_RANGE = "must be greater than or equal to 0"

OBJECT = {"name": "{name}", "group": "batch", "kind": "cronjobs"}
WAIT = {429, 503}

# name: (code, reason, message, details)
STATUSES: dict[str, tuple[int, str, str, dict[str, Any] | None]] = {
    "unauthorized": (401, "Unauthorized", "Unauthorized", None),
    "forbidden": (
        403,
        "Forbidden",
        'cronjobs.batch "{name}" is forbidden: User "system:serviceaccount:{namespace}:{operator}" '
        'cannot {verb} resource "cronjobs" in API group "batch" in the namespace "{namespace}"',
        OBJECT,
    ),
    "not_found": (404, "NotFound", 'cronjobs.batch "{name}" not found', OBJECT),
    "conflict": (
        409,
        "Conflict",
        'Operation cannot be fulfilled on cronjobs.batch "{name}": the object has been modified; '
        "please apply your changes to the latest version and try again",
        OBJECT,
    ),
    "unsupported_media_type": (415, "UnsupportedMediaType", "415: Unsupported Media Type", {}),
    "unprocessable": (
        422,
        "Invalid",
        'CronJob.batch "{name}" is invalid: spec.startingDeadlineSeconds: Invalid value: -1: '
        + OUT_OF_RANGE,
        {
            **OBJECT,
            "kind": "CronJob",
            "causes": [
                {
                    "reason": "FieldValueInvalid",
                    "message": "Invalid value: -1: " + OUT_OF_RANGE,
                    "field": "spec.startingDeadlineSeconds",
                }
            ],
        },
    ),
    "too_many_requests": (429, "TooManyRequests", "storage is (re)initializing", {}),
    "internal_error": (
        500,
        "InternalError",
        "Internal error occurred: etcdserver: leader changed",
        {"causes": [{"message": "etcdserver: leader changed"}]},
    ),
    "service_unavailable": (503, "ServiceUnavailable", "apiserver is shutting down", None),
    "gateway_timeout": (
        504,
        "Timeout",
        "Timeout: request did not complete within requested timeout - context deadline exceeded",
        {},
    ),
}


def make_status(fault: str, *, request: Request, retry_after: int) -> Answer:
    """Return the answer that a real API server gives to this request in this trouble."""
    code, reason, message, details = STATUSES[fault]
    named = _names_in(request)
    headers = {"Cache-Control": "no-cache, private", "Content-Type": "application/json"}
    status: dict[str, Any] = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message.format(**named, operator=OPERATOR),
        "reason": reason,
        "code": code,
    }
    if details is not None:
        status["details"] = {**details, **({"name": named["name"]} if "name" in details else {})}
    if code in WAIT:
        headers["Retry-After"] = str(retry_after)
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        status["details"]["retryAfterSeconds"] = retry_after
    body = json.dumps(status, separators=(",", ":")).encode() + b"\n"
    return Answer(status=code, body=body, headers=headers)


def _names_in(request: Request) -> dict[str, str]:
    """Return what the path of a namespaced resource names; empty strings for what it does not."""
    parts = request.path.partition("?")[0].strip("/").split("/")
    place = parts.index("namespaces") if "namespaces" in parts else len(parts)
    namespace, _, name = (*parts[place + 1 : place + 4], "", "", "")[:3]
    verb = {"PATCH": "patch", "DELETE": "delete"}.get(request.method, "get")
    return {"namespace": namespace, "name": name, "verb": verb}
