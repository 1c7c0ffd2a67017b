"""The web part's settings with a bare view of the REST framework beside it, to compare with."""

from project.settings.web import *  # noqa: F403

ROOT_URLCONF = "bench.web_urls"
SECURE_SSL_REDIRECT = False
