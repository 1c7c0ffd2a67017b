"""Addresses as people write them and servers name them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booth.addresses import read_address, read_location

HANGUL = "xn--9t4b11yi5a.xn--3e0b707e"
BASE = read_address("http://me:canary@host:8000/a/b?c")


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("HTTP://Host", "http://host/"),
        ("http://host:80/", "http://host/"),
        ("https://host:443?q", "https://host/?q"),
        ("https://[::1]:8443/a#b", "https://[::1]:8443/a"),
        ("http://my_host/", "http://my_host/"),
        ("http://me:pass@host/", "http://host/"),
        ("https://테스트.한국/", f"https://{HANGUL}/"),
        (unicodedata.normalize("NFD", "https://테스트.한국/"), f"https://{HANGUL}/"),
        ("https://테스트。한국./", f"https://{HANGUL}./"),
        ("https://%ED%85%8C%EC%8A%A4%ED%8A%B8.한국/", f"https://{HANGUL}/"),
        (f"https://{HANGUL.upper()}/", f"https://{HANGUL}/"),
        (
            "http://host/부스/%EB%B6?이름=값",
            "http://host/%EB%B6%80%EC%8A%A4/%EB%B6?%EC%9D%B4%EB%A6%84=%EA%B0%92",
        ),
    ],
)
def test_an_address_is_asked_for_in_ascii(written: str, asked: str) -> None:
    assert read_address(written).url == asked


def test_its_credentials_are_decoded_and_stand_in_no_url() -> None:
    address = read_address("http://부스:p%40%EA%B0%80@host/")
    assert (address.credentials, address.url) == ("부스:p@가", "http://host/")


@pytest.mark.parametrize(
    "text",
    [
        *("", "host", "host:80/", "//host/", "ftp://host/", "http://", "http:///a", "http:host"),
        *("http://host:0/", "http://host:65536/", "http://host:x/", "http://[::1/", "http://me@/"),
        *("http://h h/", "http://host/a b", "http://host/\n", "http://host/\u200b", "http://h\\@x/"),
        *("http://a..b/", f"http://{'a' * 64}/", "http://%2F/", "http://a%00b/", "http://-한글-.kr/"),
        *("http://host/\u3000", "http://host/\udc80", "http://me:p/w@host/"),
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_address(text)


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/x", "http://host:8000/x"),
        ("x", "http://host:8000/a/x"),
        ("../x", "http://host:8000/x"),
        ("?x", "http://host:8000/a/b?x"),
        ("//other/x", "http://other/x"),
        (" \t/x \t", "http://host:8000/x"),
        ("/x y?a b", "http://host:8000/x%20y?a+b"),
        ("/x#y", "http://host:8000/x"),
        ("HTTP://HOST:8000/x", "http://host:8000/x"),
        ("http:/host:8000/x", "http://host:8000/x"),
        ("http:///host:8000/x", "http://host:8000/x"),
        ("http://you:pw@host:8000/x", "http://host:8000/x"),
        (
            "/부스?이름".encode().decode("latin-1"),
            "http://host:8000/%EB%B6%80%EC%8A%A4?%EC%9D%B4%EB%A6%84",
        ),
        ("/caf\xe9", "http://host:8000/caf%E9"),
        ("http://테스트.한국/".encode().decode("latin-1"), f"http://{HANGUL}/"),
        ("/x\\y", "http://host:8000/x\\y"),
        ("/a%2fb%", "http://host:8000/a%2fb%"),
    ],
)
def test_a_location_is_read_as_curl_reads_it(location: str, asked: str) -> None:
    assert read_location(location, base=BASE).url == asked


@pytest.mark.parametrize(
    "location",
    [
        "",
        " ",
        "/a\tb",
        "/a\x00",
        "mailto:me",
        "http:////host/",
        "http://host\\@x/",
        "//[::1",
        "http:",
    ],
)
def test_a_location_that_curl_refuses_is_refused(location: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_location(location, base=BASE)


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=40))
def test_any_location_is_ascii_or_refused(location: str) -> None:
    try:
        address = read_location(location, base=BASE)
    except ValueError:
        return
    assert address.url.isascii()
    assert address.url.isprintable()
    assert read_address(address.url).url == address.url
