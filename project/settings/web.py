"""Settings of the web process and of every command but ``booth_sync``: a run's, and the site's."""

from __future__ import annotations

from booth.config.options import WebOptions
from project.settings import run
from project.settings.run import *  # noqa: F403

_web = WebOptions()

DEBUG = (
    run.BOOTH_SYNC_ENVIRONMENT == "development"
    and "BOOTH_SYNC_ENVIRONMENT" not in run.BOOTH_SYNC_SETTING_PROBLEMS  # the default is no answer
)
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular_sidecar",
    "booth.web",
    *run.INSTALLED_APPS,
]
MIDDLEWARE = [
    "booth.web.health.answer",
    "booth.web.access.judge_host",
    "booth.web.public.serve",
    "booth.web.access.guard",
    "booth.web.metrics.serve",
    "booth.web.access.protect",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "booth.web.pages.explain_failures",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "static/"
CSRF_FAILURE_VIEW = "booth.web.handlers.csrf_failure"

BOOTH_SYNC_ALLOWED_CIDRS = run.env("BOOTH_SYNC_ALLOWED_CIDRS", _web.allowed_cidrs)
BOOTH_SYNC_TRUSTED_PROXIES = run.env("BOOTH_SYNC_TRUSTED_PROXIES", _web.trusted_proxies)
BOOTH_SYNC_HSTS_SECONDS = run.env("BOOTH_SYNC_HSTS_SECONDS", _web.hsts_seconds)

BOOTH_SYNC_ADMIN_USERNAME = run.env("BOOTH_SYNC_ADMIN_USERNAME", "")
BOOTH_SYNC_ADMIN_PASSWORD = run.env("BOOTH_SYNC_ADMIN_PASSWORD", "")

_has_tls = not DEBUG and BOOTH_SYNC_HSTS_SECONDS > 0
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _has_tls
SECURE_HSTS_SECONDS = BOOTH_SYNC_HSTS_SECONDS if _has_tls else 0
# what is promised for other hosts of the domain is not ours to say
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
_validation = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_validation}.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
]
SESSION_COOKIE_AGE = 12 * 3600  # a festival's day
WHITENOISE_USE_FINDERS = True  # straight from the packages: nothing has to be collected
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}
