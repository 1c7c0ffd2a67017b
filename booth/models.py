"""What the site knows of its booths, and the runs that keep it in line with D-Order."""

from __future__ import annotations

from django.db import models

from booth.names import MAX_COUNT, MAX_NAME


def _in_range(field: str, *, model: str) -> models.CheckConstraint:
    condition = models.Q(**{f"{field}__range": (0, MAX_COUNT)})
    return models.CheckConstraint(condition=condition, name=f"booth_{model}_{field}_range")


class Booth(models.Model):
    """A booth of the festival; with ``is_dorder`` it is kept in line with D-Order."""

    class Category(models.TextChoices):
        """What kind of booth it is."""

        BOOTH = "BOOTH", "부스"
        FOOD_TRUCK = "FOOD_TRUCK", "푸드트럭"
        ETC = "ETC", "기타"

    name = models.CharField("이름", max_length=MAX_NAME)
    category = models.CharField(
        "분류", max_length=20, choices=Category.choices, default=Category.BOOTH
    )
    is_dorder = models.BooleanField("D-Order 연동", default=False)
    missing_since = models.DateTimeField("D-Order에서 사라진 때", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "부스"
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(is_dorder=True),
                name="booth_managed_name_unique",
            )
        ]

    def __str__(self) -> str:
        return self.name


class BoothDetail(models.Model):
    """A booth's tables and the text shown with it."""

    booth = models.OneToOneField(
        Booth, on_delete=models.CASCADE, related_name="detail", verbose_name="부스"
    )
    all_table = models.PositiveIntegerField("전체 테이블", default=0)
    usage_table = models.PositiveIntegerField("사용 중인 테이블", default=0)
    can_usage = models.BooleanField("이용 가능", default=False)
    description = models.TextField("설명", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "부스 상세"
        constraints = [
            _in_range("all_table", model="detail"),
            _in_range("usage_table", model="detail"),
        ]

    def __str__(self) -> str:
        return f"{self.booth_id}: {self.usage_table}/{self.all_table}"


class Menu(models.Model):
    """Something a booth sells; ``ingredient`` is the stock left, ``price`` belongs to people."""

    booth = models.ForeignKey(
        Booth,
        on_delete=models.CASCADE,
        related_name="menus",
        verbose_name="부스",
        db_index=False,  # booth_menu_name_unique begins with it
    )
    name = models.CharField("이름", max_length=MAX_NAME)
    price = models.PositiveIntegerField("가격", default=0)
    ingredient = models.PositiveIntegerField("남은 재고", null=True, blank=True)
    sold = models.PositiveIntegerField("판매량", default=0)
    missing_since = models.DateTimeField("D-Order에서 사라진 때", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "메뉴"
        constraints = [
            models.UniqueConstraint(fields=["booth", "name"], name="booth_menu_name_unique"),
            _in_range("price", model="menu"),
            _in_range("ingredient", model="menu"),
            _in_range("sold", model="menu"),
        ]

    def __str__(self) -> str:
        return self.name


class SyncRun(models.Model):
    """One run. The row with status ``running`` is the lock: a unique index allows only one."""

    class Status(models.TextChoices):
        """How far a run came."""

        RUNNING = "running", "실행 중"
        SUCCEEDED = "succeeded", "성공"
        PARTIAL = "partial", "일부 성공"
        FAILED = "failed", "실패"
        ABORTED = "aborted", "중단됨"
        LOST = "lost", "끊김"

    class Trigger(models.TextChoices):
        """What started a run."""

        SCHEDULE = "schedule", "예약"
        CLI = "cli", "명령줄"
        API = "api", "API"
        CONSOLE = "console", "콘솔"

    status = models.CharField("상태", max_length=10, choices=Status.choices)
    trigger = models.CharField("실행 계기", max_length=10, choices=Trigger.choices)
    requested_by = models.CharField("요청자", max_length=150, blank=True, default="")
    started_at = models.DateTimeField("시작")
    expires_at = models.DateTimeField("만료")
    finished_at = models.DateTimeField("종료", null=True, blank=True)
    counts = models.JSONField("건수", default=dict)
    stages = models.JSONField("단계별 초", default=dict)
    problems = models.JSONField("문제 항목", default=list)
    feed_bytes = models.PositiveIntegerField("응답 바이트", null=True, blank=True)
    feed_sha256 = models.CharField("응답 SHA-256", max_length=64, blank=True, default="")
    http_status = models.PositiveSmallIntegerField("HTTP 상태", null=True, blank=True)
    error_code = models.CharField("오류 코드", max_length=50, blank=True, default="")
    error_message = models.CharField("오류 내용", max_length=500, blank=True, default="")
    job_name = models.CharField("Job", max_length=253, blank=True, default="")
    pod_name = models.CharField("Pod", max_length=253, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "동기화 실행"
        permissions = [("operate_sync", "동기화를 켜고 끄고 실행할 수 있음")]
        constraints = [
            models.UniqueConstraint(
                fields=["status"],
                condition=models.Q(status="running"),
                name="booth_one_running_run",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_status_display()}"

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, None while it has no end, 0 where the clock was set back."""
        if self.finished_at is None:
            return None
        return max(0.0, (self.finished_at - self.started_at).total_seconds())
