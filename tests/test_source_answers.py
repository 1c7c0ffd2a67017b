"""Answers as servers and CDNs really give them: cut heads, odd codings, redirects, refusals."""

from __future__ import annotations

import pytest

from booth.sync.source import fetch
from sample_upstream import SampleUpstream
from tests.test_source import fail, make_options
from tests.test_source_wire import EMPTY, recording

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"


@pytest.mark.parametrize("size", [0, 3, 15, 17, 30, HEAD.index(b"Length"), len(HEAD) - 2])
def test_a_head_that_is_cut_off_is_a_lost_connection(size: int) -> None:
    with recording(*[HEAD[:size]] * 3, hangs_up=True) as (origin, heads):
        error = fail(origin)
    assert (error.code, error.retryable, len(heads)) == ("source_connection", True, 3)


def test_the_next_attempt_makes_up_for_a_cut_head() -> None:
    with recording(HEAD[:40], EMPTY, hangs_up=True) as (origin, _):
        assert fetch(make_options(origin)).body == b"{}"


@pytest.mark.parametrize("code", [408, 520, 521, 522, 523, 524])
def test_it_tries_what_a_server_or_a_cdn_may_get_over_again(
    upstream: SampleUpstream, code: int
) -> None:
    assert fetch(make_options(upstream.fault_url(f"flaky-2-{code}"))).http_status == 200
    assert len(upstream.requests) == 3


@pytest.mark.parametrize(
    "coding", ["none", "utf-8", "UTF-8", "identity", "Identity, none", "binary", "7bit", "", "json"]
)
def test_what_is_no_coding_counts_as_identity(coding: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: 2\r\n\r\n{{}}"
    with recording(head.encode()) as (origin, _):
        assert fetch(make_options(origin)).body == b"{}"


@pytest.mark.parametrize(
    "coding", ["gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "compress", "identity, gzip"]
)
def test_a_coding_is_refused(coding: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: 2\r\n\r\n{{}}"
    with recording(head.encode()) as (origin, _):
        assert fail(origin).code == "source_encoding"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("b", "/a/b"),
        ("?b", "/a/?b"),
        ("  /b \t", "/b"),
        ("/b c?d e", "/b%20c?d+e"),
        ("/부스/?이름=가", "/%EB%B6%80%EC%8A%A4/?%EC%9D%B4%EB%A6%84=%EA%B0%80"),
        ("/b#c", "/b"),
        ("HTTP://{host}/b", "/b"),
        ("http:/{host}/b", "/b"),
        ("//{host}/b", "/b"),
        ("/b\\c", "/b%5Cc"),
    ],
)
def test_it_goes_where_curl_would_go(location: str, target: str) -> None:
    answers: list[bytes] = []
    with recording(answers, EMPTY) as (origin, heads):
        named = location.format(host=origin.removeprefix("http://"))
        answers.append(
            f"HTTP/1.1 302 Found\r\nLocation: {named}\r\nContent-Length: 0\r\n\r\n".encode()
        )
        fetch(make_options(origin + "/a/"))
    assert [head.split(b" ")[1].decode() for head in heads] == ["/a/", target]


@pytest.mark.parametrize(
    "location",
    ["", "http://evil.invalid\\@{host}/", "http:/evil.invalid/", "http://{host}\\@evil/"],
)
def test_it_goes_nowhere_else(location: str) -> None:
    answers: list[bytes] = []
    with recording(answers) as (origin, heads):
        named = location.format(host=origin.removeprefix("http://"))
        answers.append(
            f"HTTP/1.1 302 Found\r\nLocation: {named}\r\nContent-Length: 0\r\n\r\n".encode()
        )
        error = fail(origin)
    assert (error.code, len(heads)) == ("source_redirect", 1)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        *((401, "BOOTH_SYNC_API_TOKEN"), (403, "BOOTH_SYNC_API_TOKEN"), (404, "경로")),
        *((418, "BOOTH_SYNC_API_URL"), (429, "간격"), (500, "담당자"), (503, "담당자")),
    ],
)
def test_a_refusal_names_address_status_and_what_to_do(
    upstream: SampleUpstream, code: int, advice: str
) -> None:
    url = upstream.fault_url(f"status-{code}", token="canary").replace("://", "://me:canary@")
    message = fail(url, max_attempts=1).message
    shown = upstream.fault_url(f"status-{code}").partition("?")[0]
    assert f"D-Order({shown})의 응답이 HTTP {code}입니다." in message
    assert advice in message.partition("입니다.")[2]
    assert message.endswith("세요.")
    assert "canary" not in message


def test_a_slow_upstream_is_served(upstream: SampleUpstream) -> None:
    """An answer after 12 s of 15, in tenths."""
    limits = {"read_timeout": 1.5, "attempt_timeout": 2.0, "fetch_timeout": 4.5}
    options = make_options(upstream.fault_url("delay", seconds=1.2), **limits)
    assert fetch(options).http_status == 200
    assert len(upstream.requests) == 1
