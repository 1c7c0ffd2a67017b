"""People of every kind in a site's database."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.faults.databases import Database
from tests.web.site import manage

_SCRIPT = """
import json
from datetime import timedelta
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from booth.web import tokens
from booth.web.models import AccessToken
see, operate = (Permission.objects.get(codename=n) for n in ("view_syncrun", "operate_sync"))
made = {}
for name, staff, given in (
    ("user", False, (see, operate)), ("staff", True, ()), ("see", True, (see,)),
    ("operate", True, (operate,)), ("gone", True, (see, operate)),
):
    user = User.objects.create_user(name, password="pass-of-" + name, is_staff=staff)
    user.user_permissions.add(*given)
    made[name] = tokens.issue(user, name=name)[1]
    if name == "operate":
        expired, made["expired"] = tokens.issue(user, name="expired")
        AccessToken.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
        revoked, made["revoked"] = tokens.issue(user, name="revoked")
        tokens.revoke(revoked.pk)
User.objects.filter(username="gone").update(is_active=False)
print(json.dumps(made))
"""


@dataclass(frozen=True)
class People:
    """The tokens by whose they are; ``anonymous`` has none."""

    tokens: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.tokens.get(name, "")


def make_people(database: Database) -> People:
    """Store somebody of every kind, and tokens that are no longer valid."""
    printed = manage(database, "shell", "--no-imports", "-c", _SCRIPT)
    return People(json.loads(printed.splitlines()[-1]))
