"""What each stage is told."""

import pytest

from booth.config.options import Options, PushOptions, RunOptions, SourceOptions


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/api/booths/", "https://host/api/booths/"),
        ("https://host:8443/booths/?token=canary#canary", "https://host:8443/booths/"),
        ("https://me:canary@host/booths/", "https://host/booths/"),
        ("https://me:can@ary@host/booths/", "https://host/booths/"),
        ("https://canary@[::1]:80/", "https://[::1]:80/"),
        ("http://host", "http://host"),
    ],
)
def test_only_scheme_host_and_path_of_the_url_are_public(url: str, shown: str) -> None:
    assert SourceOptions(url=url).public_url == shown


def test_options_print_no_secret() -> None:
    source = SourceOptions(
        url="https://h/?key=canary",
        token="canary",
        headers=(("X-Key", "canary"),),
        proxy="http://me:canary@proxy:3128",
    )
    push = PushOptions(
        url="http://me:canary@gateway", username="me", password="canary", proxy=source.proxy
    )
    shown = repr(Options(source=source, run=RunOptions(), push=push))
    assert "https://h/" in shown
    assert "canary" not in shown


def test_the_limits_are_those_of_the_contract() -> None:
    source = SourceOptions(url="")
    assert (source.connect_timeout, source.read_timeout) == (3, 15)
    assert (source.attempt_timeout, source.fetch_timeout) == (20, 45)
    assert (source.max_attempts, source.max_redirects) == (3, 2)
    assert source.max_bytes == 16_777_216
    assert PushOptions().timeout < 5
    assert RunOptions().lease > source.fetch_timeout


def test_nothing_is_pushed_unless_asked_for() -> None:
    assert PushOptions().url == ""


def test_options_do_not_change() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        RunOptions().lease = 1.0  # type: ignore[misc]
