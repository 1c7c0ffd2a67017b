"""Secrets that must come out nowhere, in every place that holds one."""

from __future__ import annotations

import json

CANARY = "canary"
USERINFO = "canary-user-5e1:canary-pass-77b"
QUERY = {"token": "canary-query-93c", "sig": "canary/sig+8d2"}
SECRETS = {
    "BOOTH_SYNC_API_TOKEN": "canary-token-c41",
    "BOOTH_SYNC_API_HEADERS": json.dumps({"X-Key": "canary-header-a0f"}),
    "BOOTH_SYNC_PUSHGATEWAY_USERNAME": "booth",
    "BOOTH_SYNC_PUSHGATEWAY_PASSWORD": "canary-push-e66",
    "SECRET_KEY": "canary-django-" + "0123456789abcdef" * 4,
}
