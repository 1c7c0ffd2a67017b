"""Settings of a run: only what ``manage.py booth_sync`` needs, so that it starts fast.

Everything comes from the environment; docs/configuration.md describes each variable. With none
set it works for development on an SQLite file in the project's folder. The defaults of what booth
sync itself reads are those of its options.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from booth.config import options
from booth.config.databases import add_limits
from booth.logs import make_logging
from project.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = Environment()
_source, _run = options.SourceOptions(), options.RunOptions()
_push, _heartbeat = options.PushOptions(), options.HeartbeatOptions()
_control, _site = options.ControlOptions(), options.SiteOptions()

SECRET_KEY = env("SECRET_KEY", "development-only-key-that-no-production-may-keep-0123456789")
if "SECRET_KEY" in env.problems:  # an unreadable file must not bring back the known default
    SECRET_KEY = secrets.token_urlsafe(50)
ALLOWED_HOSTS = env("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
DEBUG = False

INSTALLED_APPS = ["booth"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "ko-kr"
TIME_ZONE = env.time_zone("TIME_ZONE", "Asia/Seoul")
USE_TZ = True

_database = env.database("DATABASE_URL", BASE_DIR / "db.sqlite3")
DATABASES = {"default": add_limits(_database)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["OPTIONS"].setdefault("application_name", "booth-sync")

BOOTH_SYNC_ENVIRONMENT = env("BOOTH_SYNC_ENVIRONMENT", _site.environment)
BOOTH_SYNC_STALE_AFTER = env("BOOTH_SYNC_STALE_AFTER", _site.stale_after)

BOOTH_SYNC_API_URL = env("BOOTH_SYNC_API_URL", _source.url)
BOOTH_SYNC_API_TOKEN = env("BOOTH_SYNC_API_TOKEN", _source.token)
BOOTH_SYNC_API_HEADERS = env("BOOTH_SYNC_API_HEADERS", dict(_source.headers))
BOOTH_SYNC_CA_BUNDLE = env("BOOTH_SYNC_CA_BUNDLE", _source.ca_bundle)
BOOTH_SYNC_PROXY = env("BOOTH_SYNC_PROXY", _source.proxy)
BOOTH_SYNC_CONNECT_TIMEOUT = env("BOOTH_SYNC_CONNECT_TIMEOUT", _source.connect_timeout)
BOOTH_SYNC_READ_TIMEOUT = env("BOOTH_SYNC_READ_TIMEOUT", _source.read_timeout)
BOOTH_SYNC_ATTEMPT_TIMEOUT = env("BOOTH_SYNC_ATTEMPT_TIMEOUT", _source.attempt_timeout)
BOOTH_SYNC_FETCH_TIMEOUT = env("BOOTH_SYNC_FETCH_TIMEOUT", _source.fetch_timeout)
BOOTH_SYNC_MAX_ATTEMPTS = env("BOOTH_SYNC_MAX_ATTEMPTS", _source.max_attempts)
BOOTH_SYNC_MAX_BYTES = env("BOOTH_SYNC_MAX_BYTES", _source.max_bytes)

BOOTH_SYNC_LEASE = env("BOOTH_SYNC_LEASE", _run.lease)
BOOTH_SYNC_HISTORY_DAYS = env("BOOTH_SYNC_HISTORY_DAYS", _run.history_days)
BOOTH_SYNC_JOB_NAME = env.label("BOOTH_SYNC_JOB_NAME", _run.job_name)
BOOTH_SYNC_POD_NAME = env.label("BOOTH_SYNC_POD_NAME", _run.pod_name)

BOOTH_SYNC_PUSHGATEWAY_URL = env("BOOTH_SYNC_PUSHGATEWAY_URL", _push.url)
BOOTH_SYNC_PUSHGATEWAY_USERNAME = env("BOOTH_SYNC_PUSHGATEWAY_USERNAME", _push.username)
BOOTH_SYNC_PUSHGATEWAY_PASSWORD = env("BOOTH_SYNC_PUSHGATEWAY_PASSWORD", _push.password)
BOOTH_SYNC_PUSH_TIMEOUT = env("BOOTH_SYNC_PUSH_TIMEOUT", _push.timeout)
BOOTH_SYNC_INSTANCE = env("BOOTH_SYNC_INSTANCE", _push.instance)

BOOTH_SYNC_HEARTBEAT_URL = env("BOOTH_SYNC_HEARTBEAT_URL", _heartbeat.url)

BOOTH_SYNC_CRONJOBS = env("BOOTH_SYNC_CRONJOBS", _control.cronjobs)
BOOTH_SYNC_NAMESPACE = env("BOOTH_SYNC_NAMESPACE", _control.namespace)

BOOTH_SYNC_RUNBOOK_URL = env("BOOTH_SYNC_RUNBOOK_URL", _site.runbook_url)
BOOTH_SYNC_LOG_FILE = env("BOOTH_SYNC_LOG_FILE", _site.log_file)

LOGGING = make_logging(
    level=env("BOOTH_SYNC_LOG_LEVEL", "INFO"),
    style=env("BOOTH_SYNC_LOG_FORMAT", "text"),
    path=BOOTH_SYNC_LOG_FILE,
    problems=env.problems,
)
BOOTH_SYNC_SETTING_PROBLEMS = env.problems
