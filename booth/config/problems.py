"""What is wrong with Django's settings, in sentences for people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from msgspec import Struct

from booth.redact import MIN_SECRET

SQLITE = "django.db.backends.sqlite3"
MAX_PUSH_TIMEOUT = 5.0
MIN_SECRET_KEY = 50
_TIMES = (
    "CONNECT_TIMEOUT",
    "READ_TIMEOUT",
    "ATTEMPT_TIMEOUT",
    "FETCH_TIMEOUT",
    "LEASE",
    "STALE_AFTER",
)
_COUNTS = {"MAX_ATTEMPTS": 100, "WEB_REPLICAS": 1000, "MAX_BYTES": 2**30, "HISTORY_DAYS": 36_500}
_OF_CONTROL = frozenset({"BOOTH_SYNC_CRONJOBS", "BOOTH_SYNC_NAMESPACE"})
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_CRONJOB_NAME = rf"(?=.{{1,52}}\Z){_LABEL}(\.{_LABEL})*"
"""RFC 1123, with the length that leaves room for a Job's suffix."""
_NAMESPACE = rf"(?=.{{1,63}}\Z){_LABEL}"


class Problem(Struct, frozen=True):
    """One thing wrong with the settings: the check's id, a sentence, what to do about it.

    ``level`` is ``error`` (no run), ``sync`` (no run over HTTP), ``control`` (no start or stop) or
    ``warning``.
    """

    id: str
    message: str
    hint: str
    level: str = "error"


def find_problems() -> Iterator[Problem]:
    """Yield everything that is wrong with the settings; ids are those of the system checks."""
    for name, message in get_setting("SETTING_PROBLEMS", {}).items():
        if name not in _OF_CONTROL:
            yield Problem("booth.E001", message, "docs/configuration.md를 참고하세요.")
    yield from _find_upstream_problems()
    yield from _find_limit_problems()
    yield from _find_push_problems()
    yield from find_control_problems()
    yield from _find_deployment_problems()


def _find_upstream_problems() -> Iterator[Problem]:
    url = get_setting("API_URL", "")
    if not url:
        yield Problem(
            "booth.E002",
            "BOOTH_SYNC_API_URL이 설정되지 않았습니다.",
            "D-Order 부스 목록의 주소를 넣으세요.",
            level="sync",
        )
    elif not is_http_url(url):
        yield Problem(
            "booth.E003",
            "BOOTH_SYNC_API_URL이 올바른 http(s) 주소가 아닙니다.",
            "예: https://호스트/api/v2/public/d-order/booths/",
        )
    if not _is_visible_ascii(get_setting("API_TOKEN", "")):
        yield Problem(
            "booth.E004",
            "BOOTH_SYNC_API_TOKEN에 공백이나 ASCII가 아닌 문자가 있습니다.",
            "토큰을 다시 복사해 넣으세요.",
        )
    if not all(map(_is_header, get_setting("API_HEADERS", {}).items())):
        yield Problem(
            "booth.E005",
            "BOOTH_SYNC_API_HEADERS에 HTTP 헤더로 쓸 수 없는 이름이나 값이 있습니다.",
            "이름에는 영문자, 숫자, -, _만, 값에는 인쇄할 수 있는 ASCII만 쓸 수 있습니다.",
        )


def _find_limit_problems() -> Iterator[Problem]:
    for name, limit in (dict.fromkeys(_TIMES, 86_400) | _COUNTS).items():
        if not 0 < get_setting(name, 1) <= limit:
            yield Problem("booth.E006", f"BOOTH_SYNC_{name}: 0 초과 {limit} 이하여야 합니다.", "")
    if get_setting("LEASE", 120.0) <= get_setting("FETCH_TIMEOUT", 45.0):
        yield Problem(
            "booth.E007",
            "BOOTH_SYNC_LEASE가 BOOTH_SYNC_FETCH_TIMEOUT보다 길지 않습니다.",
            "받아 온 뒤 저장할 시간이 남도록 늘리세요.",
        )
    bundle = get_setting("CA_BUNDLE", "")
    if bundle and not Path(bundle).is_file():
        yield Problem("booth.E008", "BOOTH_SYNC_CA_BUNDLE이 가리키는 파일이 없습니다.", "")


def _find_push_problems() -> Iterator[Problem]:
    url = get_setting("PUSHGATEWAY_URL", "")
    if url and not is_http_url(url):
        yield Problem("booth.E009", "BOOTH_SYNC_PUSHGATEWAY_URL이 올바른 주소가 아닙니다.", "")
    if not 0 < get_setting("PUSH_TIMEOUT", 3.0) <= MAX_PUSH_TIMEOUT:
        yield Problem(
            "booth.E010", "BOOTH_SYNC_PUSH_TIMEOUT은 0초보다 크고 5초 이하여야 합니다.", ""
        )
    if not get_setting("INSTANCE", "default"):
        yield Problem("booth.E011", "BOOTH_SYNC_INSTANCE가 비어 있습니다.", "")


def find_control_problems() -> Iterator[Problem]:
    """Yield what is wrong with the settings that say which CronJobs are the schedule."""
    for name, message in get_setting("SETTING_PROBLEMS", {}).items():
        if name in _OF_CONTROL:
            hint = "docs/configuration.md를 참고하세요."
            yield Problem("booth.E001", message, hint, level="control")
    names, namespace = get_setting("CRONJOBS", ()), get_setting("NAMESPACE", "")
    if isinstance(names, str) or not all(re.fullmatch(_CRONJOB_NAME, name) for name in names):
        yield Problem(
            "booth.E015",
            "BOOTH_SYNC_CRONJOBS에 CronJob의 이름이 될 수 없는 것이 있습니다.",
            "예: booth-sync,booth-sync-peak (소문자, 숫자, -, . 로 52자까지)",
            level="control",
        )
    elif len(set(names)) < len(names):
        yield Problem(
            "booth.E015",
            "BOOTH_SYNC_CRONJOBS에 같은 이름이 두 번 있습니다.",
            "하나만 남기세요.",
            level="control",
        )
    if namespace and not re.fullmatch(_NAMESPACE, namespace):
        yield Problem(
            "booth.E016",
            "BOOTH_SYNC_NAMESPACE가 네임스페이스의 이름이 될 수 없습니다.",
            "예: festival (소문자, 숫자, - 로 63자까지)",
            level="control",
        )


def _find_deployment_problems() -> Iterator[Problem]:
    environment = get_setting("ENVIRONMENT", "development")
    if environment not in {"development", "production"}:
        yield Problem(
            "booth.E012", "BOOTH_SYNC_ENVIRONMENT는 development 또는 production이어야 합니다.", ""
        )
    if environment == "production" and _is_weak(str(settings.SECRET_KEY)):
        yield Problem(
            "booth.E013",
            "운영 환경의 SECRET_KEY가 약합니다.",
            "50자 이상의 무작위 값을 SECRET_KEY 또는 SECRET_KEY_FILE로 주세요.",
        )
    engine = settings.DATABASES["default"].get("ENGINE")
    if engine == SQLITE and get_setting("WEB_REPLICAS", 1) > 1:
        yield Problem(
            "booth.E014",
            "SQLite는 여러 웹 복제본이 함께 쓸 수 없습니다.",
            "DATABASE_URL을 PostgreSQL로 바꾸거나 복제본을 하나로 줄이세요.",
        )
    if any(0 < len(secret.strip()) < MIN_SECRET for secret in _secrets_set_by_hand()):
        yield Problem(
            "booth.W001",
            f"{MIN_SECRET}자보다 짧은 비밀 값은 로그에서 가릴 수 없습니다.",
            "더 긴 값을 쓰세요.",
            level="warning",
        )


def _secrets_set_by_hand() -> Iterator[str]:
    yield get_setting("API_TOKEN", "")
    yield get_setting("PUSHGATEWAY_PASSWORD", "")
    yield str(settings.DATABASES["default"].get("PASSWORD") or "")


def is_http_url(url: str) -> bool:
    """Tell whether ``url`` is an absolute http(s) URL in visible ASCII with a usable port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        _is_visible_ascii(url)
        and parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and port != 0
    )


def _is_visible_ascii(text: str) -> bool:
    return all("!" <= char <= "~" for char in text)


def _is_header(header: tuple[str, str]) -> bool:
    name, value = header
    token = name.replace("-", "").replace("_", "")
    printable = all(" " <= char <= "~" for char in value) and value == value.strip()
    return token.isascii() and token.isalnum() and printable


def _is_weak(key: str) -> bool:
    return (
        len(key) < MIN_SECRET_KEY
        or len(set(key)) < 5
        or key.startswith(("django-insecure-", "development-only-"))
    )


def get_setting(name: str, default: Any) -> Any:
    """Return the setting ``BOOTH_SYNC_<name>``."""
    return getattr(settings, f"BOOTH_SYNC_{name}", default)
