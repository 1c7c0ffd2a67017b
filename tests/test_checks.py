"""Every check id, raised by a wrong setting and silent about the right one."""

from typing import Any

import pytest
from django.core.checks import Error, Warning, run_checks

from booth.apps import check_settings
from tests.conftest import run_command

GOOD: dict[str, Any] = {
    "BOOTH_SYNC_API_URL": "https://d-order.example/api/v2/public/d-order/booths/",
    "BOOTH_SYNC_API_TOKEN": "$token-with-visible-ascii~",
    "BOOTH_SYNC_API_HEADERS": {"X-Api-Key": "a key"},
    "BOOTH_SYNC_CRONJOBS": ["booth-sync", "booth-sync.peak"],
    "BOOTH_SYNC_NAMESPACE": "festival",
    "BOOTH_SYNC_ENVIRONMENT": "production",
    "BOOTH_SYNC_PUSHGATEWAY_URL": "https://me:p%23w@게이트웨이.example:9091/prefix/",
    "BOOTH_SYNC_HEARTBEAT_URL": "https://status.example/api/push/key?status=up&msg=OK&ping=",
    "BOOTH_SYNC_PROXY": "http://me:p%23w@proxy:3128/",
    "BOOTH_SYNC_PUSHGATEWAY_PASSWORD": "password",
    "SECRET_KEY": "n0t-a-real-key-but-long-and-varied-enough-for-production-use",
}
SQLITE = "django.db.backends.sqlite3"
LIMITS = "CONNECT_TIMEOUT READ_TIMEOUT ATTEMPT_TIMEOUT FETCH_TIMEOUT LEASE MAX_ATTEMPTS MAX_BYTES"
LIMITS += " HISTORY_DAYS STALE_AFTER"
TOO_MUCH_OR_LITTLE = (0, -1, 10**20, 10**400, float("nan"), float("inf"), -0.0)

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("booth.E001", {"SETTING_PROBLEMS": {"BOOTH_SYNC_LEASE": "BOOTH_SYNC_LEASE: 수 값"}}),
    ("booth.E002", {"API_URL": ""}),
    *(
        ("booth.E003", {"API_URL": url})
        for url in (
            *("ftp://h/", "h/booths/", "http://", "https:///booths/", "http://h:0/", "http://h:x/"),
            *(
                "http://h:65536/",
                "http://[::1/",
                "http://h/\u200b부스/",
                "http://h/a b",
                "http://h/\r\nx",
            ),
        )
    ),
    *(
        ("booth.E004", {"API_TOKEN": token})
        for token in ("to ken", "토큰토큰", "to\nken", "to\x00ken", "token\x7f")
    ),
    *(
        ("booth.E005", {"API_HEADERS": headers})
        for headers in (
            *({"X Key": "a"}, {"": "a"}, {"X:": "a"}, {"키": "a"}, {"-": "a"}),
            *({"Content-Length": "5"}, {"transfer-encoding": "chunked"}, {"HOST": "h"}),
            *({"Connection": "close"}, {"Accept-Encoding": "gzip"}, {"If-None-Match": "x"}),
            *({"X-Key": "a\r\nb"}, {"X-Key": "값"}, {"X-Key": " a"}, {"X-Key": "a\x00"}),
        )
    ),
    *(("booth.E006", {name: value}) for name in LIMITS.split() for value in TOO_MUCH_OR_LITTLE),
    *(("booth.E006", {name: 0.01}) for name in LIMITS.split()[:5]),
    ("booth.E006", {"LEASE": 0.5}),
    *(
        ("booth.E022", {"HEARTBEAT_URL": url})
        for url in ("hc-ping.example/key", "ftp://h/key", "https://h/key#part", "https://h/a b")
    ),
    ("booth.E006", {"STALE_AFTER": 0.5}),
    ("booth.E006", {"MAX_BYTES": 1023}),
    *(("booth.E007", {"LEASE": 60.0, "FETCH_TIMEOUT": fetch}) for fetch in (60.0, 61.0)),
    *(("booth.E008", {"CA_BUNDLE": path}) for path in ("/absent/ca.pem", "/tmp")),
    *(
        ("booth.E009", {"PUSHGATEWAY_URL": url})
        for url in ("gateway:9091", "http://gateway?a=b", "http://gateway/#part", "http://g h/")
    ),
    *(
        ("booth.E017", {"PROXY": url})
        for url in (
            *("proxy:3128", "socks5://proxy:1080", "http://proxy/path", "http://proxy/?a=b"),
            *("http://me:p#w@proxy:3128", "http://me:p/w@proxy:3128", "http://", "http://proxy:x"),
        )
    ),
    *(
        ("booth.E018", {"RUNBOOK_URL": url})
        for url in (
            "wiki/runbook",
            "ftp://wiki/r",
            "http://me:pw@wiki/r",
            "http://wiki/r#",
            "http://w w",
        )
    ),
    *(("booth.E010", {"PUSH_TIMEOUT": seconds}) for seconds in (0, -1, 0.05, 5.1, float("nan"))),
    ("booth.E011", {"INSTANCE": ""}),
    *(("booth.E012", {"ENVIRONMENT": name}) for name in ("", "staging", "Production")),
    *(
        ("booth.E015", {"CRONJOBS": names})
        for names in (
            *(
                ["Booth"],
                ["a b"],
                ["-a"],
                ["a..b"],
                ["a.-b"],
                ["a/b"],
                ["a" * 53],
                ["a\n"],
                [""],
                ["부스"],
            ),
            *(["a", "a"], "booth-sync"),
        )
    ),
    *(("booth.E016", {"NAMESPACE": name}) for name in ("Festival", "a.b", "../a", "a" * 64)),
    *(
        ("booth.E019", {"ALLOWED_CIDRS": networks})
        for networks in (["10.0.0.1/8"], ["x"], [""], ["10.0.0.0/33"], ["::ffff:0:0/95"], ["1.2"])
    ),
    ("booth.E001", {"ALLOWED_CIDRS": "10.0.0.0/8"}),
    ("booth.E019", {"TRUSTED_PROXIES": ["10.0.0.0/8", "proxy"]}),
    *(("booth.E020", {"TRUSTED_PROXIES": [network]}) for network in ("0.0.0.0/0", "::/0")),
    ("booth.E021", {"TRUSTED_PROXIES": ["127.0.0.1/32"]}),
    ("booth.E021", {"TRUSTED_PROXIES": ["::ffff:127.0.0.0/104"]}),
    ("booth.E021", {"ALLOWED_CIDRS": ["10.0.0.0/8"], "TRUSTED_PROXIES": ["10.1.0.0/16"]}),
    *(("booth.W001", {name: "abc"}) for name in ("API_TOKEN", "PUSHGATEWAY_PASSWORD")),
    *(("booth.W002", {"LOG_FILE": path}) for path in ("/", "/dev/null/x", "/tmp/\0")),
]


@pytest.fixture
def good(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Settings that are all right."""
    for name, value in GOOD.items():
        setattr(settings, name, value)
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", SQLITE)
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", "password")
    return settings


def list_ids() -> set[str | None]:
    return {message.id for message in check_settings()}


def test_right_settings_raise_nothing(good: Any) -> None:
    assert check_settings() == []


@pytest.mark.parametrize(("wanted", "wrong"), WRONG, ids=str)
def test_a_wrong_setting_raises_its_check_alone(
    good: Any, wanted: str, wrong: dict[str, Any]
) -> None:
    for name, value in wrong.items():
        setattr(good, f"BOOTH_SYNC_{name}", value)
    allowed = {wanted} | ({"booth.E007"} if wanted == "booth.E006" else set())
    assert wanted in list_ids() <= allowed
    for message in check_settings():
        assert message.hint
        assert message.hint.endswith("세요.") or "예: " in message.hint


def test_a_number_out_of_bounds_is_told_with_them(good: Any) -> None:
    good.BOOTH_SYNC_STALE_AFTER = 999_999_999_999
    (found,) = check_settings()
    assert found.msg == (
        "BOOTH_SYNC_STALE_AFTER: 1 이상 86,400 이하여야 합니다 (지금 999999999999)."
    )
    good.BOOTH_SYNC_STALE_AFTER = 10**4000
    assert len(check_settings()[0].msg) < 120


@pytest.mark.parametrize(
    "key",
    ["short", "a" * 60, "abcd" * 20, "django-insecure-" + "n0t-a-real-key-x" * 4],
)
def test_a_weak_key_is_an_error_in_production_only(good: Any, key: str) -> None:
    good.SECRET_KEY = key
    assert list_ids() == {"booth.E013"}
    good.BOOTH_SYNC_ENVIRONMENT = "development"
    assert list_ids() == set()


def test_a_short_database_password_is_a_warning(good: Any) -> None:
    good.DATABASES["default"]["PASSWORD"] = "abc"
    assert list_ids() == {"booth.W001"}


def test_only_a_missing_address_and_short_secrets_are_warnings(good: Any) -> None:
    good.BOOTH_SYNC_API_URL = ""
    good.BOOTH_SYNC_API_TOKEN = "abc"
    good.BOOTH_SYNC_INSTANCE = ""
    kinds = {message.id: type(message) for message in check_settings()}
    assert kinds == {"booth.E002": Warning, "booth.W001": Warning, "booth.E011": Error}


def test_production_settings_are_fit_to_be_deployed() -> None:
    checked = run_command(
        *("check", "--deploy", "--fail-level", "WARNING"),
        BOOTH_SYNC_ENVIRONMENT="production",
        BOOTH_SYNC_API_URL="https://d-order.invalid/",
        SECRET_KEY="k3y-of-the-tests-that-no-site-may-ever-have-0123456789-abcdefghij",
    )
    assert checked.returncode == 0, checked.stderr


def test_every_id_is_tried_here() -> None:
    tried = {wanted for wanted, _wrong in WRONG} | {"booth.E013"}
    assert tried == {f"booth.E{number:03}" for number in range(1, 23) if number != 14} | {
        "booth.W001",
        "booth.W002",
    }


def test_django_runs_the_checks(settings: Any) -> None:
    settings.BOOTH_SYNC_INSTANCE = ""
    assert "booth.E011" in {message.id for message in run_checks()}
