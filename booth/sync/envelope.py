"""Opens the envelope of D-Order's answer, at a cost that does not hang on what is in it."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import field

from booth.errors import FeedError

BOOTHS: Final = "boothDetails"
_STATUS: Final = "statusCode"
_SAID = "부스 검색 성공"
"""What D-Order says with its list of booths; its sister endpoint says something else."""

MAX_VALUES = 1_000_000
"""Most values in the list of booths: each takes 56 bytes before it is known what it is."""
MAX_LOOSE = 2**20
"""Most bytes that are read at once: of items, or of the envelope around them. Read as values of any
shape they can take 40 times as much memory."""

_HALF = b"\xff" * 6
"""Stands for the escape of half a character; no UTF-8 holds this byte."""
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


class _Listing(msgspec.Struct):
    booths: msgspec.Raw = field(name=BOOTHS)


class _Answer(msgspec.Struct):
    status: Literal[200] = field(name=_STATUS)
    data: _Listing


class _Failure(msgspec.Struct):
    status: Annotated[int, msgspec.Meta(ge=0, le=999)] = field(name=_STATUS, default=200)


_ANSWER_DECODER = msgspec.json.Decoder(_Answer)
_FAILURE_DECODER = msgspec.json.Decoder(_Failure)
_ITEMS_DECODER = msgspec.json.Decoder(list[msgspec.Raw])


def open_envelope(body: bytes, *, checked: str) -> list[msgspec.Raw]:
    """Return the items of an answer that has them and is a success.

    msgspec refuses half a character even in what it passes over, so those are hidden where there
    are any; ``has_half`` and ``load`` know of them. ``checked`` as in `describe_malformed`. Raises
    FeedError, and where it is no JSON DecodeError, ValueError or RecursionError.
    """
    if b"\xff" in body:
        raise ValueError("no UTF-8 holds this byte")
    body = body.removeprefix(BOM_UTF8)
    try:
        return _take_items(body, checked=checked)
    except msgspec.DecodeError:
        return _take_items(_hide_halves(body), checked=checked)


def has_half(text: bytes) -> bool:
    """Tell whether half a character was hidden in ``text``."""
    return _HALF in text


def load(text: bytes) -> Any:
    """Return any JSON as Python values, none of its keys twice, half a character as a surrogate.

    Raises FeedError, ValueError, RecursionError.
    """
    return _JSON_DECODER.decode(text.replace(_HALF, rb"\ud800").decode())


def refuse_size(*, checked: str) -> FeedError:
    """Return what is raised where there are more items than a run has memory for."""
    message = f"D-Order의 응답에 항목이 너무 많습니다. {checked} 확인하세요."
    return FeedError(message, code="feed_too_large")


def describe_malformed(body: bytes, *, checked: str) -> str:
    """Return the sentence about a body that is no JSON in UTF-8.

    ``checked`` is what a person should look at then, with its particle.
    """
    start = body[:4096].strip()
    encoding = json.detect_encoding(body)
    if not start:
        return f"D-Order의 응답이 비어 있습니다. 다시 실행해도 그러면 {checked} 확인하세요."
    if not encoding.startswith("utf-8") and "{" in start.decode(encoding, "ignore"):
        name = encoding[:6].upper()
    elif start.startswith(b"<"):
        return f"D-Order의 응답이 HTML 페이지입니다. 부스 목록이 맞는지 {checked} 확인하세요."
    elif _fits(body, "cp949") and not _fits(body, "utf-8"):
        name = "CP949(EUC-KR)"
    else:
        return f"D-Order의 응답이 올바른 JSON이 아닙니다. {checked} 확인하세요."
    return f"D-Order의 응답이 {name} 인코딩입니다. UTF-8로 바꾸고 {checked} 확인하세요."


def _fits(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _take_items(body: bytes, *, checked: str) -> list[msgspec.Raw]:
    try:
        listing = _ANSWER_DECODER.decode(body).data.booths
        text = bytes(listing)
        if text.count(b",") > MAX_VALUES:
            raise refuse_size(checked=checked)
        items = _ITEMS_DECODER.decode(listing)
    except msgspec.ValidationError:
        raise _refuse(body, checked=checked) from None
    shell = body.replace(text, b"[]")
    if len(shell) > MAX_LOOSE:
        raise _refuse(body, checked=checked)
    if load(shell).get("message") != _SAID and not items:
        message = f"빈 목록이지만 부스 목록의 응답이 아닙니다. {checked} 확인하세요."
        raise FeedError(message, code="feed_envelope")
    return items


def _refuse(body: bytes, *, checked: str) -> FeedError:
    """Return what an answer without a list says of itself."""
    try:
        status = _FAILURE_DECODER.decode(body).status
    except msgspec.ValidationError:
        status = 200
    if status != 200:
        message = f"D-Order의 응답이 실패(statusCode {status})를 알립니다. D-Order에 문의하세요."
        return FeedError(message, code="feed_status")
    message = f"D-Order의 부스 목록이 아닌 응답입니다. {checked} 확인하세요."
    return FeedError(message, code="feed_envelope")


def _hide_halves(body: bytes) -> bytes:
    hidden = bytearray(body)
    for escape in _ESCAPE.finditer(body):
        if escape.lastindex:
            hidden[escape.start() : escape.end()] = _HALF
    return bytes(hidden)


def _collect_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    collected = dict(pairs)
    if len(collected) < len(pairs):
        message = "D-Order의 응답에 같은 키가 두 번 나옵니다. D-Order에 문의하세요."
        raise FeedError(message, code="feed_malformed")
    return collected


_JSON_DECODER = json.JSONDecoder(
    object_pairs_hook=_collect_pairs,
    # A number beyond every limit becomes infinite, sparing Python to count its digits.
    parse_int=lambda digits: int(digits) if len(digits) < 20 else float("inf"),
    # NaN and Infinity are not JSON; as integers they are a ValueError.
    parse_constant=int,
)
