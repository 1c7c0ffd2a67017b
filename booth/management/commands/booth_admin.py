"""``manage.py booth_admin``: makes the first administrator, as often as it is run."""

from __future__ import annotations

import sys
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand

from booth.database import require_migrations, translated_errors
from booth.errors import BoothSyncError, ConfigError

NAME, PASSWORD = "BOOTH_SYNC_ADMIN_USERNAME", "BOOTH_SYNC_ADMIN_PASSWORD"


class Command(BaseCommand):
    """The first user of a new site, from the settings."""

    help = f"관리자가 아직 없으면 {NAME}과 {PASSWORD}로 첫 관리자를 만듭니다."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Say what was done, and leave with the exit code of what stopped it."""
        try:
            if not apps.is_installed("booth.web"):
                message = "이 사이트에는 웹이 없습니다. INSTALLED_APPS에 booth.web을 넣으세요."
                raise ConfigError(message)
            require_migrations()
            with translated_errors():
                name = make_first_admin(
                    str(getattr(settings, NAME, "")), str(getattr(settings, PASSWORD, ""))
                )
        except BoothSyncError as error:
            self.stderr.write(f"{error.message} [{error.code}]")
            sys.exit(error.exit_code)
        told = f"첫 관리자 '{name}'을(를) 만들었습니다." if name else "관리자가 이미 있습니다."
        self.stdout.write(told)


def make_first_admin(name: str, password: str) -> str:
    """Make the superuser unless there is an active one, and return the name, else nothing.

    Raises ConfigError where the name is taken or the password would not be taken from a person.
    """
    from django.contrib.auth import get_user_model
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.db import transaction

    users = get_user_model()
    manager: Any = users._default_manager
    if manager.filter(is_superuser=True, is_active=True).exists():
        return ""
    if not name or not password:
        raise ConfigError(f"{NAME}과 {PASSWORD}를 설정하세요.", code="admin")
    user = users(**{users.USERNAME_FIELD: name})
    try:
        user.clean_fields(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        said = " ".join(error.messages)
        raise ConfigError(f"{NAME}이나 {PASSWORD}를 쓸 수 없습니다: {said}", code="admin") from None
    with transaction.atomic():
        if manager.select_for_update().filter(**{users.USERNAME_FIELD: name}).exists():
            message = f"{NAME}의 사용자가 이미 있고 관리자가 아닙니다. 다른 이름을 넣으세요."
            raise ConfigError(message, code="admin")
        manager.create_superuser(**{users.USERNAME_FIELD: name}, password=password)
    return name
