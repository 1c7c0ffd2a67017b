"""What is wrong with the options of what a run connects to: D-Order, Pushgateway, heartbeat."""

from __future__ import annotations

import re
from collections.abc import Iterator

from booth.config import options
from booth.config.bundles import find_flaw
from booth.config.problems import SettingProblem, is_http_url, read_or_none

MIN_PUSH_TIMEOUT, MAX_PUSH_TIMEOUT = 0.1, 5.0
OWNED_HEADERS = re.compile(
    "accept-encoding|connection|content-(encoding|length|range)|expect|host|if-.*|keep-alive|"
    "proxy-.*|range|te|trailer|transfer-encoding|upgrade"
)
"""Headers that say how a message travels, or that ask for less than the whole answer."""


def judge_source(source: options.SourceOptions) -> Iterator[SettingProblem]:
    """Yield what is wrong with where the upstream is and how long it may take."""
    if not source.url:
        yield SettingProblem(
            "booth.E002",
            "BOOTH_SYNC_API_URL이 설정되지 않았습니다.",
            "D-Order 부스 목록의 주소를 넣으세요.",
            level="sync",
        )
    elif not is_http_url(source.url):
        yield SettingProblem(
            "booth.E003",
            "BOOTH_SYNC_API_URL이 올바른 http(s) 주소가 아닙니다.",
            "예: https://호스트/api/v2/public/d-order/booths/",
        )
    if not _is_visible_ascii(source.token):
        yield SettingProblem(
            "booth.E004",
            "BOOTH_SYNC_API_TOKEN에 공백이나 ASCII가 아닌 문자가 있습니다.",
            "토큰을 다시 복사해 넣으세요.",
        )
    if not all(_is_header(name, value) for name, value in source.headers):
        yield SettingProblem(
            "booth.E005",
            "BOOTH_SYNC_API_HEADERS에 HTTP 헤더로 쓸 수 없는 이름이나 값이 있습니다.",
            "이름에는 영문자, 숫자, -, _만, 값에는 인쇄할 수 있는 ASCII만 쓰고, "
            "Host나 Content-Length처럼 HTTP가 스스로 정하는 헤더는 빼세요.",
        )
    yield from _judge_bundle(source.ca_bundle)
    yield from _judge_proxy(source.proxy)


def judge_push(push: options.PushOptions) -> Iterator[SettingProblem]:
    """Yield what is wrong with where the figures go."""
    if push.url and not ((address := read_or_none(push.url)) and address.is_base):
        yield SettingProblem(
            "booth.E009",
            "BOOTH_SYNC_PUSHGATEWAY_URL이 올바른 http(s) 주소가 아니거나 ? 또는 #가 있습니다.",
            "예: http://pushgateway:9091",
        )
    if not MIN_PUSH_TIMEOUT <= push.timeout <= MAX_PUSH_TIMEOUT:
        yield SettingProblem(
            "booth.E010",
            f"BOOTH_SYNC_PUSH_TIMEOUT: {MIN_PUSH_TIMEOUT}초 이상 {MAX_PUSH_TIMEOUT:.0f}초 이하여야 "
            f"합니다 (지금 {push.timeout}).",
            "그 사이의 값으로 고치세요.",
        )
    if not push.instance:
        yield SettingProblem(
            "booth.E011",
            "BOOTH_SYNC_INSTANCE가 비어 있습니다.",
            "지표를 구별할 이름을 넣으세요. 예: booth-sync",
        )
    yield from _judge_bundle(push.ca_bundle)
    yield from _judge_proxy(push.proxy)


def judge_heartbeat(heartbeat: options.HeartbeatOptions) -> Iterator[SettingProblem]:
    """Yield what is wrong with where the heartbeat goes."""
    address = read_or_none(heartbeat.url)
    if heartbeat.url and (not address or address.has_fragment):
        yield SettingProblem(
            "booth.E022",
            "BOOTH_SYNC_HEARTBEAT_URL이 올바른 http(s) 주소가 아니거나 #가 있습니다.",
            "감시 서비스가 보여 주는 주소를 그대로 넣으세요. 예: https://호스트/ping/고유번호",
        )


def _judge_bundle(path: str) -> Iterator[SettingProblem]:
    if path and (flaw := find_flaw(path)):
        hint = "경로와 권한을 확인하거나, 시스템의 인증 기관을 믿으려면 비워 두세요."
        yield SettingProblem("booth.E008", f"BOOTH_SYNC_CA_BUNDLE: {flaw}", hint)


def _judge_proxy(url: str) -> Iterator[SettingProblem]:
    if url and not ((address := read_or_none(url)) and address.is_base and address.path == "/"):
        yield SettingProblem(
            "booth.E017",
            "BOOTH_SYNC_PROXY가 http:// 또는 https://로 시작하는 프록시의 주소가 아닙니다.",
            "예: http://사용자:암호@호스트:3128 (암호의 특수 문자는 %로 바꾸어 적으세요)",
        )


def _is_visible_ascii(text: str) -> bool:
    return all("!" <= char <= "~" for char in text)


def _is_header(name: str, value: str) -> bool:
    token = name.replace("-", "").replace("_", "")
    printable = all(" " <= char <= "~" for char in value) and value == value.strip()
    is_ours = not OWNED_HEADERS.fullmatch(name.lower())
    return token.isascii() and token.isalnum() and printable and is_ours
