"""What is wrong with options, in sentences for people; the values are handed in."""

from __future__ import annotations

import os
import re
import reprlib
from collections.abc import Iterable, Iterator

from msgspec import Struct

from booth.addresses import Address, read_address
from booth.config import options
from booth.networks import do_overlap, read_network
from booth.redact import MIN_SECRET

MIN_SECRET_KEY = 50
NO_CRONJOB = (
    "설정된 CronJob이 없어 예약 실행을 켜거나 끌 수 없습니다. BOOTH_SYNC_CRONJOBS에 이름을 넣거나, "
    "한 번만 실행하려면 'manage.py booth_sync sync'를 쓰세요."
)
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_CRONJOB_NAME = rf"(?=.{{1,52}}\Z){_LABEL}(\.{_LABEL})*"
"""RFC 1123, with the length that leaves room for a Job's suffix."""
_NAMESPACE = rf"(?=.{{1,63}}\Z){_LABEL}"


class SettingProblem(Struct, frozen=True):
    """One thing wrong with the settings: the check's id, a sentence, what to do about it.

    ``level`` is ``error`` (no run), ``sync`` (no run over HTTP), ``control`` (no start or stop),
    ``web`` (no web process) or ``warning``.
    """

    id: str
    message: str
    hint: str = ""
    level: str = "error"


def report_unreadable(message: str, *, level: str) -> SettingProblem:
    """Return the problem of a variable that the environment's reader could not use."""
    return SettingProblem("booth.E001", message, "docs/configuration.md를 참고하세요.", level)


def report_type(name: str, *, level: str) -> SettingProblem:
    """Return the problem of a Django setting whose value has a wrong type."""
    if name == "BOOTH_SYNC_CRONJOBS":
        return _refuse_cronjobs()
    return report_unreadable(f"{name}: 값의 종류가 잘못되었습니다.", level=level)


def report_range(name: str, value: float, *, low: float, high: float) -> SettingProblem:
    """Return the problem of a number that is not between ``low`` and ``high``."""
    sentence = f"{name}: {low:,} 이상 {high:,} 이하여야 합니다 (지금 {reprlib.repr(value)})."
    return SettingProblem("booth.E006", sentence, "그 사이의 값으로 고치세요.")


def judge_web(web: options.WebOptions) -> Iterator[SettingProblem]:
    """Yield what is wrong with the networks that may reach the site's own doors."""
    found = {}
    for name, texts in (
        ("BOOTH_SYNC_ALLOWED_CIDRS", web.allowed_cidrs),
        ("BOOTH_SYNC_TRUSTED_PROXIES", web.trusted_proxies),
    ):
        try:
            found[name] = [read_network(text) for text in texts]
        except ValueError:
            yield SettingProblem(
                "booth.E019",
                f"{name}에 네트워크(CIDR)가 아닌 것이 있습니다.",
                "예: 10.20.0.0/16,127.0.0.1/32,::1/128",
                "web",
            )
            return
    allowed, trusted = found.values()
    if any(network.prefixlen == 0 for network in trusted):
        yield SettingProblem(
            "booth.E020",
            "BOOTH_SYNC_TRUSTED_PROXIES가 모든 주소를 믿습니다. 누구나 주소를 꾸밀 수 있습니다.",
            "앞에 있는 프록시의 주소만 넣으세요.",
            "web",
        )
    elif any(do_overlap(one, two) for one in allowed for two in trusted):
        yield SettingProblem(
            "booth.E021",
            "BOOTH_SYNC_ALLOWED_CIDRS와 BOOTH_SYNC_TRUSTED_PROXIES가 겹칩니다.",
            "프록시가 주소를 지우면 모두가 허용되니, 겹치는 네트워크를 한쪽에서 빼세요.",
            "web",
        )


def judge_lease(run: options.RunOptions, source: options.SourceOptions) -> Iterator[SettingProblem]:
    """Yield the problem of a lease that may end while a run still fetches."""
    if run.lease <= source.fetch_timeout:
        yield SettingProblem(
            "booth.E007",
            "BOOTH_SYNC_LEASE가 BOOTH_SYNC_FETCH_TIMEOUT보다 길지 않습니다.",
            "받아 온 뒤 저장할 시간이 남도록 늘리세요.",
        )


def judge_control(control: options.ControlOptions) -> Iterator[SettingProblem]:
    """Yield what is wrong with the names of the CronJobs that are the schedule."""
    names = control.cronjobs
    if not all(re.fullmatch(_CRONJOB_NAME, name) for name in names):
        yield _refuse_cronjobs()
    elif len(set(names)) < len(names):
        yield SettingProblem(
            "booth.E015",
            "BOOTH_SYNC_CRONJOBS에 같은 이름이 두 번 있습니다.",
            "하나만 남기세요.",
            level="control",
        )
    if control.namespace and not re.fullmatch(_NAMESPACE, control.namespace):
        yield SettingProblem(
            "booth.E016",
            "BOOTH_SYNC_NAMESPACE가 네임스페이스의 이름이 될 수 없습니다.",
            "예: festival (소문자, 숫자, - 로 63자까지)",
            level="control",
        )


def judge_site(site: options.SiteOptions) -> Iterator[SettingProblem]:
    """Yield what is wrong with what is said of the site."""
    if site.environment not in {"development", "production"}:
        yield SettingProblem(
            "booth.E012",
            "BOOTH_SYNC_ENVIRONMENT는 development 또는 production이어야 합니다.",
            "둘 중 하나를 넣으세요.",
        )
    if site.runbook_url and not is_runbook_url(site.runbook_url):
        yield SettingProblem(
            "booth.E018",
            "BOOTH_SYNC_RUNBOOK_URL은 사용자 이름과 # 없는 http(s) 주소여야 합니다.",
            "예: https://호스트/booth-sync/runbook.ko.html",
        )
    if site.log_file:
        try:
            os.close(open_log(site.log_file))
        except (OSError, ValueError):
            yield SettingProblem(
                "booth.W002",
                "BOOTH_SYNC_LOG_FILE에 쓸 수 없습니다. 로그는 콘솔에만 남습니다.",
                "경로와 권한을 확인하세요.",
                level="warning",
            )


def judge_secrets(
    *, secret_key: str, environment: str, others: Iterable[str]
) -> Iterator[SettingProblem]:
    """Yield what is wrong with the secrets: a key easy to guess, or too short to be masked."""
    is_weak = (
        len(secret_key) < MIN_SECRET_KEY
        or len(set(secret_key)) < 5
        or secret_key.startswith(("django-insecure-", "development-only-"))
    )
    if environment == "production" and is_weak:
        yield SettingProblem(
            "booth.E013",
            "운영 환경의 SECRET_KEY가 약합니다.",
            "50자 이상의 무작위 값을 SECRET_KEY 또는 SECRET_KEY_FILE로 주세요.",
        )
    if any(0 < len(secret.strip()) < MIN_SECRET for secret in others):
        yield SettingProblem(
            "booth.W001",
            f"{MIN_SECRET}자보다 짧은 비밀 값은 로그에서 가릴 수 없습니다.",
            "더 긴 값을 쓰세요.",
            level="warning",
        )


def open_log(path: str) -> int:
    """Return a descriptor that appends to a log file, at once whatever is there: a pipe waits for
    no reader, a full one for no room. Raises OSError, ValueError.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    return os.open(path, flags, 0o666)


def is_http_url(url: str) -> bool:
    """Tell whether ``url`` is an absolute http(s) URL of visible characters with a usable port."""
    return read_or_none(url) is not None


def is_runbook_url(url: str) -> bool:
    """Tell whether ``url`` may be shown to everybody, with the name of a part behind it."""
    address = read_or_none(url)
    return bool(address and not address.credentials and "#" not in url)


def read_or_none(url: str) -> Address | None:
    """Return the absolute http(s) address that ``url`` is, None where it is none."""
    try:
        return read_address(url)
    except ValueError:
        return None


def _refuse_cronjobs() -> SettingProblem:
    return SettingProblem(
        "booth.E015",
        "BOOTH_SYNC_CRONJOBS에 CronJob의 이름이 될 수 없는 것이 있습니다.",
        "예: booth-sync,booth-sync-peak (소문자, 숫자, -, . 로 52자까지)",
        level="control",
    )
