"""What the web part keeps: tokens, tries to log in, and what people pressed."""

from __future__ import annotations

from django.conf import settings
from django.db import models

MAX_TOKEN_NAME = 100


class AccessToken(models.Model):
    """A token, of which only the SHA-256 is kept: whoever reads the table cannot use it."""

    name = models.CharField("이름", max_length=MAX_TOKEN_NAME)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="booth_sync_tokens",
        verbose_name="소유자",
    )
    digest = models.CharField("SHA-256", max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("발급", auto_now_add=True)
    expires_at = models.DateTimeField("만료")
    last_used_at = models.DateTimeField("마지막 사용", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "API 토큰"

    def __str__(self) -> str:
        return self.name


class LoginAttempt(models.Model):
    """Somebody's try to log in; one that succeeds takes those before it away."""

    account = models.CharField("계정", max_length=150)
    address = models.CharField("주소", max_length=45)
    at = models.DateTimeField("때")

    class Meta:
        verbose_name = verbose_name_plural = "로그인 시도"
        indexes = [models.Index(fields=["account", "address", "at"], name="booth_web_attempt")]

    def __str__(self) -> str:
        return f"{self.account} {self.address}"


class Press(models.Model):
    """What somebody asked the web part for, and which was done; plain syncs are runs."""

    class Action(models.TextChoices):
        """What was asked for."""

        START = "start", "켜기"
        STOP = "stop", "끄기"
        SHRINK = "shrink", "줄어든 목록 받아들이기"

    action = models.CharField("한 일", max_length=10, choices=Action.choices)
    by = models.CharField("누른 사람", max_length=150)
    at = models.DateTimeField("때", auto_now_add=True)
    reason = models.CharField("이유", max_length=200, blank=True, default="")
    changed = models.JSONField("바뀐 CronJob", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "누른 기록"

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.by}"
