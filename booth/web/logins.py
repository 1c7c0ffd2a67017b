"""Logging in with a password, slowed for who guesses."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone

from booth.web.models import LoginAttempt

MAX_ATTEMPTS = 5
WINDOW = timedelta(minutes=15)
MAX_ACCOUNT = 150


class LoginForm(AdminAuthenticationForm):
    """Name and password of somebody of the staff.

    Five tries in a quarter of an hour for each account from each address: who shares an address
    with a stranger can still log in, and a stranger elsewhere locks nobody out.
    """

    error_messages = {  # noqa: RUF012 - as Django's own forms have it
        "invalid_login": "이름이나 비밀번호가 맞지 않습니다. 대소문자를 확인하고 다시 시도하세요. "
        "잊었다면 관리자에게 새 비밀번호를 요청하세요.",
        "inactive": "이 계정은 꺼져 있습니다. 관리자에게 요청하세요.",
    }

    def clean(self) -> dict[str, Any]:
        """Return what was sent, and let ``get_user`` tell whose it is. Raises ValidationError."""
        account = str(self.cleaned_data.get("username", "")).casefold()[:MAX_ACCOUNT]
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        if wait := begin(account, address):
            message = f"로그인에 여러 번 실패했습니다. {wait}분 뒤에 다시 시도하세요."
            raise ValidationError(message, "slowed")
        cleaned: dict[str, Any] = super().clean()
        if self.get_user():  # without a password Django looks at none and raises nothing
            LoginAttempt.objects.filter(account=account, address=address).delete()
        return cleaned


def begin(account: str, address: str) -> int:
    """Store a try and return 0, or the minutes to wait where there were too many.

    It is stored before the password is looked at, so that many at once are counted too.
    """
    now = timezone.now()
    LoginAttempt.objects.filter(at__lt=now - WINDOW).delete()
    this = LoginAttempt.objects.create(account=account, address=address, at=now)
    tries = LoginAttempt.objects.filter(account=account, address=address).order_by("at", "pk")
    if tries.count() <= MAX_ATTEMPTS:
        return 0
    this.delete()  # else who goes on trying would never be let in again
    oldest = tries.first()
    return ceil((oldest.at + WINDOW - now) / timedelta(minutes=1)) if oldest else 1
