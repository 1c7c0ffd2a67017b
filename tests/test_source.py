"""The fetch over real sockets: what is asked, what is followed, what is tried again."""

from __future__ import annotations

import time
from email.utils import formatdate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.config.options import SourceOptions
from booth.errors import SourceError
from booth.http import read_retry_after
from booth.sync.source import fetch
from sample_upstream import SampleUpstream


def make_options(url: str, **changes: object) -> SourceOptions:
    """Return options with limits that suit a test."""
    limits = {"connect_timeout": 2.0, "read_timeout": 5.0, "attempt_timeout": 10.0}
    return SourceOptions(**{"url": url, "fetch_timeout": 20.0} | limits | changes)  # type: ignore[arg-type]


def fail(url: str, **changes: object) -> SourceError:
    """Return the error that fetching ``url`` ends with."""
    with pytest.raises(SourceError) as caught:
        fetch(make_options(url, **changes))
    return caught.value


def test_it_returns_the_bytes_and_the_status(upstream: SampleUpstream) -> None:
    upstream.set_body(b'{"statusCode": 200}')
    answer = fetch(make_options(upstream.url))
    assert (answer.body, answer.http_status) == (b'{"statusCode": 200}', 200)


def test_it_asks_once_for_json_in_identity_encoding(upstream: SampleUpstream) -> None:
    fetch(
        make_options(upstream.url + "?event=가을&b=%20", token="sesame", headers=(("X-Key", "k"),))
    )
    (request,) = upstream.requests
    wanted = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Authorization": "Bearer sesame",
        "User-Agent": "booth-sync",
        "X-Key": "k",
    }
    assert {name: request.get_header(name) for name in wanted} == wanted
    assert request.method == "GET"
    assert request.query == "event=%EA%B0%80%EC%9D%84&b=%20"


def test_it_sends_each_header_once_however_its_name_is_written(upstream: SampleUpstream) -> None:
    headers = (("authorization", "Basic no"), ("user-agent", "site"))
    fetch(make_options(upstream.url, token="sesame", headers=headers))
    sent = upstream.requests[0].headers
    named = {name.lower(): value for name, value in sent}
    assert len(sent) == len(named)
    assert (named["authorization"], named["user-agent"]) == ("Bearer sesame", "site")


def test_it_sends_no_authorization_where_none_is_set(upstream: SampleUpstream) -> None:
    fetch(make_options(upstream.url))
    assert upstream.requests[0].get_header("Authorization") is None


def test_it_sends_the_userinfo_of_the_url_as_basic_auth(upstream: SampleUpstream) -> None:
    fetch(make_options(upstream.url.replace("://", "://booth:p%40%EA%B0%80@")))
    assert upstream.requests[0].get_header("Authorization") == "Basic Ym9vdGg6cEDqsIA="


def test_it_ignores_proxies_of_the_environment(
    upstream: SampleUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SampleUpstream() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.origin)
            monkeypatch.setenv(name.lower(), proxy.origin)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        fetch(make_options(upstream.url))
        assert (len(upstream.requests), proxy.requests) == (1, [])


def test_it_ignores_netrc(
    upstream: SampleUpstream, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login someone password canary\n", encoding="ascii")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    fetch(make_options(upstream.url))
    assert upstream.requests[0].get_header("Authorization") is None


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_it_follows_redirects_within_the_origin(upstream: SampleUpstream, code: int) -> None:
    url = upstream.fault_url("redirect-same", code=code)
    assert fetch(make_options(url, token="sesame")).http_status == 200
    assert [r.get_header("Authorization") for r in upstream.requests] == ["Bearer sesame"] * 2


def test_it_follows_two_redirects_at_most(upstream: SampleUpstream) -> None:
    error = fail(upstream.fault_url("redirect-loop"))
    assert (error.code, error.retryable, len(upstream.requests)) == ("source_redirect", False, 3)


def test_it_sends_nothing_to_another_origin(upstream: SampleUpstream) -> None:
    with SampleUpstream() as other:
        error = fail(
            upstream.fault_url("redirect-other", to=other.url),
            token="sesame",
            headers=(("X-Key", "canary"),),
        )
        assert (error.code, error.retryable) == ("source_redirect", False)
        assert (len(upstream.requests), other.requests) == (1, [])


@pytest.mark.parametrize("scheme", ["https", "ftp", "file"])
def test_it_refuses_a_redirect_to_another_scheme(upstream: SampleUpstream, scheme: str) -> None:
    elsewhere = upstream.url.replace("http", scheme, 1)
    error = fail(upstream.fault_url("redirect-other", to=elsewhere))
    assert (error.code, error.retryable, len(upstream.requests)) == ("source_redirect", False, 1)


@pytest.mark.parametrize("location", ["http://[broken/", "http://127.0.0.1:99999/", "//[::1"])
def test_it_refuses_a_redirect_it_cannot_read(upstream: SampleUpstream, location: str) -> None:
    error = fail(upstream.fault_url("redirect-other", to=location))
    assert (error.code, error.retryable, len(upstream.requests)) == ("source_redirect", False, 1)


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_it_tries_a_transient_status_three_times(upstream: SampleUpstream, code: int) -> None:
    error = fail(upstream.fault_url(f"status-{code}"))
    assert (error.code, error.retryable) == (f"source_http_{code}", True)
    assert (error.upstream_status, len(upstream.requests)) == (code, 3)


@pytest.mark.parametrize("code", [204, 206, 304, 400, 401, 403, 404, 405, 410, 418, 422, 501])
def test_it_tries_a_final_status_once(upstream: SampleUpstream, code: int) -> None:
    error = fail(upstream.fault_url(f"status-{code}", retry_after="0"))
    assert (error.code, error.retryable) == (f"source_http_{code}", False)
    assert (error.upstream_status, len(upstream.requests)) == (code, 1)


@pytest.mark.parametrize("code", [429, 500, 502, 503])
def test_it_returns_the_answer_of_a_later_attempt(upstream: SampleUpstream, code: int) -> None:
    assert fetch(make_options(upstream.fault_url(f"flaky-2-{code}"))).http_status == 200
    assert len(upstream.requests) == 3


@pytest.mark.parametrize("code", [429, 503])
def test_it_waits_as_long_as_it_is_asked_to(upstream: SampleUpstream, code: int) -> None:
    fetch(make_options(upstream.fault_url(f"flaky-1-{code}", retry_after="2")))
    first, second = upstream.requests
    assert second.received_at - first.received_at >= 2


def test_it_waits_until_the_date_it_is_told(upstream: SampleUpstream) -> None:
    moment = formatdate(time.time() + 3, usegmt=True)  # whole seconds: 2 to 3 s from now
    fetch(make_options(upstream.fault_url("flaky-1-503", retry_after=moment)))
    first, second = upstream.requests
    assert second.received_at - first.received_at >= 1


@pytest.mark.parametrize("code", [429, 503])
def test_it_does_not_wait_beyond_its_deadline(upstream: SampleUpstream, code: int) -> None:
    began = time.monotonic()
    error = fail(upstream.fault_url(f"status-{code}", retry_after="3600"), fetch_timeout=15.0)
    assert time.monotonic() - began < 10
    assert (error.code, error.retryable) == (f"source_http_{code}", True)
    assert (error.retry_after, len(upstream.requests)) == (3600, 1)


def test_it_logs_each_further_attempt_without_the_address(
    upstream: SampleUpstream, caplog: pytest.LogCaptureFixture
) -> None:
    fail(upstream.fault_url("status-500", token="canary"), token="canary")
    retries = [r for r in caplog.records if r.name == "booth.source"]
    assert [(r.levelname, r.args[0] if isinstance(r.args, tuple) else 0) for r in retries] == [
        ("WARNING", 1),
        ("WARNING", 2),
    ]
    assert "canary" not in caplog.text


def test_it_reads_seconds_and_dates_of_retry_after() -> None:
    assert [read_retry_after(value) for value in ("0", "7", "120")] == [0, 7, 120]
    assert read_retry_after("Sun, 06 Nov 1994 08:49:37 GMT") == 0
    assert 50 < (read_retry_after(formatdate(time.time() + 60, usegmt=True)) or 0) <= 60
    assert 50 < (read_retry_after(formatdate(time.time() + 60)) or 0) <= 60
    for value in ("", "soon", "-1", "1.5", "٣", "1, 2", "Sun, 06 Nov"):
        assert read_retry_after(value) is None


@given(
    st.text(max_size=60) | st.from_regex(r"\w{3}, \d+ Jan \d+ \d+:\d+:\d+ [+-]?\d*", fullmatch=True)
)
def test_it_survives_any_retry_after(value: str) -> None:
    seconds = read_retry_after(value)
    assert seconds is None or seconds >= 0
