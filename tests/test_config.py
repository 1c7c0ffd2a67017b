"""From the settings to the options of the stages."""

from typing import Any

import pytest

from booth.config.load import (
    get_pod_name,
    get_stale_after,
    load_control_options,
    load_options,
    public_api_url,
)
from booth.config.masking import collect_secrets
from booth.config.problems import is_http_url
from booth.errors import ConfigError

URL = "https://d-order.example/booths/"


def test_options_take_their_values_from_the_settings(settings: Any) -> None:
    values = {
        "API_URL": URL,
        "API_TOKEN": "token",
        "API_HEADERS": {"X-B": "2", "X-A": "1"},
        "CONNECT_TIMEOUT": 1.0,
        "READ_TIMEOUT": 2.0,
        "ATTEMPT_TIMEOUT": 3.0,
        "FETCH_TIMEOUT": 4.0,
        "MAX_ATTEMPTS": 5,
        "MAX_BYTES": 6000,
        "LEASE": 7.0,
        "HISTORY_DAYS": 8,
        "JOB_NAME": "job",
        "POD_NAME": "pod",
        "PROXY": "http://proxy:3128",
        "PUSHGATEWAY_URL": "http://gateway",
        "PUSHGATEWAY_USERNAME": "me",
        "PUSHGATEWAY_PASSWORD": "word",
        "PUSH_TIMEOUT": 0.5,
        "INSTANCE": "main",
    }
    for name, value in values.items():
        setattr(settings, f"BOOTH_SYNC_{name}", value)
    options = load_options(for_http=True)
    source, run, push = options.source, options.run, options.push
    assert (source.url, source.token) == (URL, "token")
    assert source.headers == (("X-A", "1"), ("X-B", "2"))
    assert (source.connect_timeout, source.read_timeout) == (1, 2)
    assert (source.attempt_timeout, source.fetch_timeout) == (3, 4)
    assert (source.max_attempts, source.max_bytes) == (5, 6000)
    assert (run.lease, run.history_days, run.job_name, run.pod_name) == (7, 8, "job", "pod")
    assert (push.url, push.username, push.password) == ("http://gateway", "me", "word")
    assert (push.timeout, push.instance) == (0.5, "main")
    assert source.proxy == push.proxy == "http://proxy:3128"


def test_only_a_sync_over_http_needs_an_address(settings: Any) -> None:
    settings.BOOTH_SYNC_API_URL = ""
    assert load_options(for_http=False).source.url == ""
    with pytest.raises(ConfigError, match=r"booth\.E002"):
        load_options(for_http=True)


def test_everything_wrong_is_told_at_once_with_its_id_and_no_value(settings: Any) -> None:
    settings.BOOTH_SYNC_API_URL = "ftp://me:canary@host/"
    settings.BOOTH_SYNC_API_TOKEN = "can ary"
    settings.BOOTH_SYNC_LEASE = 1.0
    with pytest.raises(ConfigError) as caught:
        load_options(for_http=True)
    message = caught.value.message
    assert [f"booth.E{n:03}" for n in range(1, 15) if f"[booth.E{n:03}]" in message] == [
        "booth.E003",
        "booth.E004",
        "booth.E007",
    ]
    assert "can" not in message
    assert caught.value.exit_code == 78


def test_control_takes_its_options_from_the_settings_too(settings: Any) -> None:
    settings.BOOTH_SYNC_CRONJOBS = ["booth-sync", "booth-sync-peak"]
    settings.BOOTH_SYNC_NAMESPACE = "festival"
    settings.BOOTH_SYNC_LEASE = 1.0  # wrong, but no reason not to stop the schedule
    options = load_control_options()
    assert (options.cronjobs, options.namespace) == (("booth-sync", "booth-sync-peak"), "festival")
    assert (options.timeout, options.request_timeout) == (7.5, 3)


def test_without_a_cronjob_there_is_nothing_to_control(settings: Any) -> None:
    settings.BOOTH_SYNC_CRONJOBS = []
    with pytest.raises(ConfigError, match="BOOTH_SYNC_CRONJOBS") as caught:
        load_control_options()
    assert caught.value.code == "no_cronjob"


def test_a_file_that_cannot_be_read_stops_control_where_it_names_the_cronjobs(
    settings: Any,
) -> None:
    settings.BOOTH_SYNC_CRONJOBS = ["booth-sync"]
    settings.BOOTH_SYNC_LEASE = "120"  # of a wrong type, as in a site of one's own
    settings.BOOTH_SYNC_SETTING_PROBLEMS = {"BOOTH_SYNC_LEASE": "BOOTH_SYNC_LEASE: 수 값"}
    assert load_control_options().namespace == ""
    settings.BOOTH_SYNC_SETTING_PROBLEMS = {"BOOTH_SYNC_NAMESPACE": "읽을 수 없습니다."}
    with pytest.raises(ConfigError, match=r"booth\.E001"):
        load_control_options()


def test_wrong_names_of_cronjobs_stop_control_but_no_run(settings: Any) -> None:
    settings.BOOTH_SYNC_API_URL = URL
    settings.BOOTH_SYNC_CRONJOBS = ["Booth_Sync"]
    assert load_options(for_http=True).source.url == URL
    with pytest.raises(ConfigError, match=r"booth\.E015"):
        load_control_options()


def test_a_warning_stops_no_run(settings: Any) -> None:
    settings.BOOTH_SYNC_API_URL = URL
    settings.BOOTH_SYNC_API_TOKEN = "abc"
    assert load_options(for_http=True).source.token == "abc"


@pytest.mark.parametrize("seconds", [0, -1, 0.5, 10**20, float("nan"), "soon"])
def test_an_age_that_cannot_be_is_the_default_for_those_who_make_no_checks(
    settings: Any, seconds: Any
) -> None:
    settings.BOOTH_SYNC_STALE_AFTER = seconds
    assert get_stale_after() == 900


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("pod\x00\x1b\udcff-1\u202e ", "pod-1"),
        ("p" * 10_000, "p" * 253),
        ("\udcff", ""),
        ("축제", "축제"),
    ],
)
def test_the_name_of_a_pod_or_job_fails_no_run(settings: Any, raw: str, kept: str) -> None:
    settings.BOOTH_SYNC_API_URL = URL
    settings.BOOTH_SYNC_POD_NAME = settings.BOOTH_SYNC_JOB_NAME = raw
    options = load_options(for_http=True).run
    assert (options.pod_name, options.job_name, get_pod_name()) == (kept, kept, kept)


@pytest.mark.parametrize(
    ("url", "shown"),
    [("", ""), ("ftp://host/", ""), ("https://me:canary@host/a/?b=canary", "https://host/a/")],
)
def test_the_public_address_holds_no_secret(settings: Any, url: str, shown: str) -> None:
    settings.BOOTH_SYNC_API_URL = url
    assert public_api_url() == shown


@pytest.mark.parametrize(
    "url",
    [URL, "http://h", "HTTP://h:1/", "http://[::1]:80/", "http://u@h/", "http://부스.한국/목록"],
)
def test_an_address_with_scheme_and_host_is_usable(url: str) -> None:
    assert is_http_url(url)


def test_secrets_are_collected_from_every_place_that_holds_one(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BOOTH_SYNC_API_URL = "https://user:word@host/?key=value+1#part"
    settings.BOOTH_SYNC_API_TOKEN = "token"
    settings.BOOTH_SYNC_API_HEADERS = {"Authorization": "Bearer inner"}
    settings.BOOTH_SYNC_PUSHGATEWAY_PASSWORD = "pushed"
    settings.BOOTH_SYNC_PUSHGATEWAY_URL = "http://gate:way@gateway"
    settings.BOOTH_SYNC_PROXY = "http://pro:x%40y@proxy:3128"
    settings.SECRET_KEY = "signing"
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", "stored")
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {"sslpassword": "of a key"})
    assert set(collect_secrets()) - {""} == {
        *("user:word", "user", "word", "key=value+1", "value 1", "part", "token"),
        *(
            "Bearer inner",
            "inner",
            "pushed",
            ":pushed",
            "gate:way",
            "gate",
            "way",
            "pro:x%40y",
            "pro",
            "x%40y",
            "signing",
            "stored",
            "of a key",
        ),
    }
