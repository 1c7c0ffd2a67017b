"""The limits that a settings file adds to its database."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from booth.config.databases import Connection, add_limits
from booth.database import translated_errors
from booth.errors import ConfigError
from tests.conftest import ROOT

POSTGRESQL = ["connect_timeout", "tcp_user_timeout", "keepalives_idle"]
SQLITE = ["timeout", "transaction_mode", "factory"]


@pytest.mark.parametrize(
    ("engine", "wanted"),
    [
        ("django.db.backends.postgresql", POSTGRESQL),
        ("django.contrib.gis.db.backends.postgis", POSTGRESQL),
        ("django_prometheus.db.backends.postgresql", POSTGRESQL),
        ("django.db.backends.sqlite3", SQLITE),
    ],
)
def test_the_waits_of_a_database_are_bounded(engine: str, wanted: list[str]) -> None:
    config = add_limits({"ENGINE": engine, "NAME": "festival"})
    assert set(wanted) <= set(config["OPTIONS"])
    assert (config["ENGINE"], config["NAME"]) == (engine, "festival")


@pytest.mark.parametrize("config", [{"ENGINE": "django.db.backends.mysql"}, {}])
def test_a_database_of_another_kind_stays_as_it_is(config: dict[str, Any]) -> None:
    assert add_limits(config) == config | {"OPTIONS": {}}


def test_what_the_site_has_set_itself_wins_and_is_not_changed() -> None:
    own = {"timeout": 60, "uri": True}
    config = add_limits({"ENGINE": "django.db.backends.sqlite3", "OPTIONS": own})
    assert config["OPTIONS"] == own | {
        "transaction_mode": "IMMEDIATE",
        "factory": Connection,
    }
    assert own == {"timeout": 60, "uri": True}


def test_a_settings_file_may_import_it_before_there_are_settings() -> None:
    program = "import sys, booth.config.databases; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"DATABASE_URL": "DATABASE_URL: 옵션 sslmod"}, "DATABASE_URL: 옵션 sslmod"),
        ({}, "데이터베이스가"),
    ],
)
def test_an_unusable_database_is_a_setting_to_mend(
    settings: Any, told: dict[str, str], sentence: str
) -> None:
    settings.BOOTH_SYNC_SETTING_PROBLEMS = told
    with pytest.raises(ConfigError, match=sentence) as caught, translated_errors():
        raise ImproperlyConfigured
    assert (caught.value.exit_code, caught.value.code) == (78, "config")
