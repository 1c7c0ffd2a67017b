"""Issues, finds and revokes the tokens of programs."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.utils import timezone

from booth.config.options import MAX_TOKEN_DAYS, TOKEN_DAYS
from booth.errors import UsageError
from booth.web.models import MAX_TOKEN_NAME, AccessToken

PREFIX = "bsk_"
"""By it a leaked token is known for what it is."""
TOKEN_BYTES = 32
USE_STEP = timedelta(minutes=1)
"""How exactly the last use is kept: a write for each request would be one too many."""


def issue(owner: Any, *, name: str, days: int = TOKEN_DAYS) -> tuple[AccessToken, str]:
    """Store a token for ``owner`` and return it with its text, which is never shown again.

    Raises UsageError where the name or the days cannot be taken.
    """
    name = " ".join(name.split())
    if not name or len(name) > MAX_TOKEN_NAME or not name.isprintable():
        message = f"이름은 인쇄할 수 있는 글자로 1자 이상 {MAX_TOKEN_NAME}자 이하여야 합니다."
        raise UsageError(message, code="token")
    if not 1 <= days <= MAX_TOKEN_DAYS:
        message = f"기한은 1일 이상 {MAX_TOKEN_DAYS}일 이하여야 합니다."
        raise UsageError(message, code="token")
    text = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = timezone.now() + timedelta(days=days)
    token = AccessToken.objects.create(
        owner=owner, name=name, digest=make_digest(text), expires_at=expires_at
    )
    return token, text


def find(text: str) -> AccessToken | None:
    """Return the token of a text, None where there is none that is valid now."""
    now = timezone.now()
    token = (
        AccessToken.objects.select_related("owner")
        .filter(digest=make_digest(text), expires_at__gt=now, owner__is_active=True)
        .first()
    )
    if token and (token.last_used_at is None or now - token.last_used_at >= USE_STEP):
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def revoke(number: int) -> AccessToken | None:
    """Delete a token and return what it was, None where there is none of that number."""
    token = AccessToken.objects.filter(pk=number).first()
    if token:
        token.delete()
    return token


def make_digest(text: str) -> str:
    """Return what of a token's text is kept."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
