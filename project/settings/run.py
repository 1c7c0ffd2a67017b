"""Settings of a run: only what ``manage.py booth_sync`` needs, so that it starts fast.

Everything comes from the environment; docs/configuration.md describes each variable. With none
set it works for development on an SQLite file in the project's folder.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from booth.config.databases import add_limits
from booth.logs import make_logging
from project.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent.parent
MIB = 1024 * 1024

env = Environment(
    {
        "BOOTH_SYNC_ENVIRONMENT": (str, "development"),
        "SECRET_KEY": (str, "development-only-key-that-no-production-may-keep-0123456789"),
        "ALLOWED_HOSTS": (list, ["localhost", "127.0.0.1", "[::1]"]),
        "DATABASE_URL": (str, f"sqlite:///{BASE_DIR / 'db.sqlite3'}"),
        "TIME_ZONE": (str, "Asia/Seoul"),
        "BOOTH_SYNC_WEB_REPLICAS": (int, 1),
        "BOOTH_SYNC_API_URL": (str, ""),
        "BOOTH_SYNC_API_TOKEN": (str, ""),
        "BOOTH_SYNC_API_HEADERS": (dict, {}),
        "BOOTH_SYNC_CA_BUNDLE": (str, ""),
        "BOOTH_SYNC_CONNECT_TIMEOUT": (float, 3.0),
        "BOOTH_SYNC_READ_TIMEOUT": (float, 5.0),
        "BOOTH_SYNC_ATTEMPT_TIMEOUT": (float, 15.0),
        "BOOTH_SYNC_FETCH_TIMEOUT": (float, 45.0),
        "BOOTH_SYNC_MAX_ATTEMPTS": (int, 3),
        "BOOTH_SYNC_MAX_BYTES": (int, 16 * MIB),
        "BOOTH_SYNC_LEASE": (float, 120.0),
        "BOOTH_SYNC_HISTORY_DAYS": (int, 30),
        "BOOTH_SYNC_PUSHGATEWAY_URL": (str, ""),
        "BOOTH_SYNC_PUSHGATEWAY_USERNAME": (str, ""),
        "BOOTH_SYNC_PUSHGATEWAY_PASSWORD": (str, ""),
        "BOOTH_SYNC_PUSH_TIMEOUT": (float, 3.0),
        "BOOTH_SYNC_INSTANCE": (str, "default"),
        "BOOTH_SYNC_JOB_NAME": (str, ""),
        "BOOTH_SYNC_POD_NAME": (str, ""),
        "BOOTH_SYNC_CRONJOBS": (list, []),
        "BOOTH_SYNC_NAMESPACE": (str, ""),
        "BOOTH_SYNC_STALE_AFTER": (float, 900.0),
        "BOOTH_SYNC_LOG_LEVEL": (str, "INFO"),
        "BOOTH_SYNC_LOG_FORMAT": (str, "text"),
        "BOOTH_SYNC_LOG_FILE": (str, ""),
    }
)

SECRET_KEY = env("SECRET_KEY")
if "SECRET_KEY" in env.problems:  # an unreadable file must not bring back the known default
    SECRET_KEY = secrets.token_urlsafe(50)
ALLOWED_HOSTS = env("ALLOWED_HOSTS")
DEBUG = False

INSTALLED_APPS = ["booth"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "ko-kr"
TIME_ZONE = env.time_zone("TIME_ZONE")
USE_TZ = True

DATABASES = {"default": add_limits(env.database("DATABASE_URL"))}
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["OPTIONS"].setdefault("application_name", "booth-sync")

globals().update({name: env(name) for name in env.variables if name.startswith("BOOTH_SYNC_")})
BOOTH_SYNC_SETTING_PROBLEMS = env.problems
LOGGING = make_logging(
    level=env("BOOTH_SYNC_LOG_LEVEL"),
    style=env("BOOTH_SYNC_LOG_FORMAT"),
    path=env("BOOTH_SYNC_LOG_FILE"),
    problems=env.problems,
)
