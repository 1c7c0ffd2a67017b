"""``manage.py booth_token``: issues, lists and revokes the tokens of programs."""

from __future__ import annotations

import sys
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser

from booth.cli.columns import pad
from booth.cli.korean import KoreanParser, speak_korean
from booth.cli.render import show_instant
from booth.config.options import MAX_TOKEN_DAYS, TOKEN_DAYS
from booth.database import translated_errors
from booth.errors import BoothSyncError, ConfigError, UsageError

NAME_COLUMNS, OWNER_COLUMNS = 24, 16


class Command(BaseCommand):
    """Tokens with which programs reach the API."""

    help = "API 토큰을 발급하고, 보여 주고, 폐기합니다."

    def create_parser(self, *arguments: Any, **options: Any) -> CommandParser:
        """Return Django's parser, in Korean like everything that it reads."""
        return speak_korean(super().create_parser(*arguments, **options))

    def add_arguments(self, parser: CommandParser) -> None:
        """Add a subcommand for each verb."""
        verbs = parser.add_subparsers(
            dest="verb", required=True, metavar="명령", parser_class=KoreanParser
        )
        create = verbs.add_parser("create", help="토큰을 발급하고 한 번만 보여 줍니다.")
        create.add_argument("user", metavar="사용자", help="토큰이 누구의 권한을 갖는지")
        create.add_argument("--name", required=True, help="어디에 쓰는지")
        create.add_argument(
            "--days",
            type=int,
            default=TOKEN_DAYS,
            help=f"며칠 동안 쓸 수 있는지 (기본 {TOKEN_DAYS}, 최대 {MAX_TOKEN_DAYS})",
        )
        verbs.add_parser("list", help="토큰을 보여 줍니다. 값은 보이지 않습니다.")
        revoke = verbs.add_parser("revoke", help="토큰을 폐기합니다.")
        revoke.add_argument("number", type=int, metavar="번호", help="list가 보여 주는 번호")

    def handle(self, *_args: Any, verb: str, **options: Any) -> None:
        """Run the verb and leave with its exit code."""
        act = {"create": self._create, "list": self._list, "revoke": self._revoke}[verb]
        try:
            if not apps.is_installed("booth.web"):
                message = "이 사이트에는 API가 없습니다. INSTALLED_APPS에 booth.web을 넣으세요."
                raise ConfigError(message)
            with translated_errors():
                act(options)
        except BoothSyncError as error:
            self.stderr.write(f"{error.message} [{error.code}]")
            sys.exit(error.exit_code)

    def _create(self, options: dict[str, Any]) -> None:
        from django.contrib.auth import get_user_model

        from booth.web import tokens

        users = get_user_model()
        owner = users._default_manager.filter(**{users.USERNAME_FIELD: options["user"]}).first()
        if owner is None:
            message = f"'{options['user']}' 사용자가 없습니다. 이름을 확인하세요."
            raise UsageError(message, code="token")
        token, text = tokens.issue(owner, name=options["name"], days=options["days"])
        self.stderr.write(
            f"토큰 #{token.pk}, {show_instant(token.expires_at)}까지. 다시 보여 드리지 않습니다."
        )
        self.stdout.write(text)

    def _list(self, _options: dict[str, Any]) -> None:
        from booth.web.models import AccessToken

        found = AccessToken.objects.select_related("owner").order_by("pk")
        for token in found:
            used = show_instant(token.last_used_at) if token.last_used_at else "쓴 적 없음"
            columns = (pad(token.name, NAME_COLUMNS), pad(str(token.owner), OWNER_COLUMNS))
            until = show_instant(token.expires_at)
            self.stdout.write(f"{token.pk:>4}  {'  '.join(columns)}  ~{until}  {used}")
        if not found:
            self.stdout.write("토큰이 없습니다. 발급하려면 'booth_token create'를 쓰세요.")

    def _revoke(self, options: dict[str, Any]) -> None:
        from booth.web import tokens

        token = tokens.revoke(options["number"])
        if token is None:
            message = f"#{options['number']} 토큰이 없습니다. 'booth_token list'로 확인하세요."
            raise UsageError(message, code="token")
        self.stdout.write(f"토큰 #{options['number']} 폐기했습니다: {token.name}")
