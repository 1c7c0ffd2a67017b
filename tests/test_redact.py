"""Secrets are found by their value, however they are written."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from booth.config import masking
from booth.config.masking import redact
from booth.redact import MASK, MIN_SECRET, Redactor

LOWER = re.compile("%[0-9A-F]{2}")
SECRET = 'p@ss "w\\rd" 가/나+1%'


@pytest.fixture
def fresh() -> Iterator[None]:
    """Let the settings of this test, and no others, say what is secret."""
    masking.find_redactor.cache_clear()
    yield
    masking.find_redactor.cache_clear()


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        repr(SECRET)[1:-1],
        json.dumps(repr(SECRET)[1:-1], ensure_ascii=False)[1:-1],
        base64.b64encode(SECRET.encode()).decode().rstrip("="),
        LOWER.sub(lambda code: code[0].lower(), quote(SECRET, safe="")),
        LOWER.sub(lambda code: code[0].lower(), quote_plus(SECRET)),
    ],
)
def test_every_spelling_of_a_secret_is_masked(form: str) -> None:
    assert Redactor([SECRET])(f"앞 {form} 뒤") == f"앞 {MASK} 뒤"


def test_a_secret_given_quoted_is_also_masked_plain() -> None:
    assert Redactor(["a%2Bb%2Fc"])("token=a+b/c") == f"token={MASK}"


@pytest.mark.parametrize("given", ["me:p%40ss%2Fword", "me:p%40ss%2fword"])
def test_basic_auth_is_masked_made_from_the_quoted_or_the_plain_form(given: str) -> None:
    for sent in (given, "me:p@ss/word"):
        header = base64.b64encode(sent.encode()).decode().rstrip("=")
        assert Redactor([given])(f"Basic {header}") == f"Basic {MASK}"


def test_values_are_masked_within_documents_and_keys_are_not() -> None:
    told = {"time": "time", "list": ["a time", 1, None, {"time": True}], "pair": ("time", 2.5)}
    assert Redactor(["time"])(told) == {
        "time": MASK,
        "list": [f"a {MASK}", 1, None, {"time": True}],
        "pair": [MASK, 2.5],
    }


def test_a_secret_is_found_where_it_would_be_masked() -> None:
    redactor = Redactor(["p@ss/word"])
    assert redactor.finds("x p%40ss%2fword")
    assert not redactor.finds("x p@ss word")
    assert not Redactor([]).finds("p@ss/word")


def test_a_decoded_form_too_short_to_be_a_secret_garbles_nothing() -> None:
    assert Redactor(["%41%42", "%20%20"])("ABC  D %41%42") == f"ABC  D {MASK}"


@pytest.mark.parametrize("secret", ["\udcff\udcfeabcd", "ab\ud800cd"])
def test_a_secret_of_undecodable_bytes_is_masked(secret: str) -> None:
    assert Redactor([secret])(f"x{secret}x") == f"x{MASK}x"


def test_the_longest_of_two_overlapping_secrets_is_masked() -> None:
    assert Redactor(["abcd", "abcdefgh"])("abcdefgh abcd") == f"{MASK} {MASK}"


def test_white_space_around_a_secret_is_not_part_of_it() -> None:
    assert Redactor(["  token-1234\n"])("(token-1234)") == f"({MASK})"


def test_a_secret_is_text_and_not_a_pattern() -> None:
    assert Redactor(["a.c+"])("abcc a.c+") == f"abcc {MASK}"


@pytest.mark.parametrize("secrets", [[], [""], ["   "], ["abc"]])
def test_texts_too_short_to_be_secrets_leave_everything_as_it_is(secrets: list[str]) -> None:
    assert Redactor(secrets)("abc abc  끝") == "abc abc  끝"


@hypothesis_settings(max_examples=300, deadline=None)
@given(
    secret=st.text(alphabet="abc019+/%&=가\"'\\ ", min_size=4, max_size=20).filter(
        lambda text: len(text.strip()) >= MIN_SECRET
    ),
    before=st.text(max_size=10),
    after=st.text(max_size=10),
)
def test_no_text_keeps_a_secret(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    for form in (secret, quote(secret), json.dumps(secret), repr(secret), quote_plus(secret)):
        assert secret.strip() not in redactor(before + form + after)


@pytest.mark.usefixtures("fresh")
def test_every_secret_setting_is_masked(settings: Any) -> None:
    settings.BOOTH_SYNC_API_TOKEN = "token-canary"
    settings.BOOTH_SYNC_API_HEADERS = {"X-Key": "header-canary", "X-Auth": "Bearer bearer-canary"}
    settings.BOOTH_SYNC_PUSHGATEWAY_PASSWORD = "gateway-canary"
    settings.SECRET_KEY = "django-canary"
    settings.BOOTH_SYNC_API_URL = (
        "https://me:userinfo-canary@host/booths/?a=query-canary&b#frag-canary"
    )
    settings.BOOTH_SYNC_PUSHGATEWAY_URL = "http://gateway-user:pushinfo-canary@gateway:9091"
    settings.BOOTH_SYNC_HEARTBEAT_URL = "https://host/ping/heartbeat-canary?k=pingquery-canary"
    names = [
        "heartbeat",
        "pingquery",
        "token",
        "header",
        "bearer",
        "gateway",
        "django",
        "userinfo",
        "query",
        "frag",
        "pushinfo",
    ]
    for name in names:
        assert redact(f"<{name}-canary>") == f"<{MASK}>"


@pytest.mark.usefixtures("fresh")
def test_host_and_path_of_the_upstream_stay_readable(settings: Any) -> None:
    settings.BOOTH_SYNC_API_URL = "https://me:secret@host.example/booths/?key=canary"
    shown = redact("https://host.example/booths/")
    assert shown == "https://host.example/booths/"


@pytest.mark.usefixtures("fresh")
def test_an_unreadable_url_is_secret_as_a_whole(settings: Any) -> None:
    settings.BOOTH_SYNC_API_URL = "https://[canary/"
    assert redact("ask https://[canary/ now") == f"ask {MASK} now"
