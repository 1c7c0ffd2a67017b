"""Bytes of the upstream become frozen booths and menus, or rejected items that say why.

D-Order's own key names live in this module only. A sound item is decoded straight into its type;
a broken one is read again, by hand, to name what is wrong with it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, Literal, NoReturn, TypeAlias

import msgspec

from booth.errors import FeedError
from booth.names import MAX_NAME, clean_name, is_proper_name

MAX_COUNT = 2**31 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")
_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]


class FeedMenu(msgspec.Struct, frozen=True, gc=False):
    """A menu: its clean name, the stock left and the number sold, None where absent or null."""

    name: str = msgspec.field(name="menuName")
    ingredient: _Count | None = msgspec.field(name="menuIngredidentReminder", default=None)
    sold: _Count | None = msgspec.field(name="menuSalesQuantity", default=None)


@dataclass(frozen=True)
class Reason:
    """Why an item was rejected: the JSON path of what is wrong, and a sentence."""

    path: str
    text: str


@dataclass(frozen=True)
class Rejected:
    """A broken item; ``name`` is its clean name where that could be read."""

    name: str | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class FeedBooth:
    """A booth: its clean name, its tables, and its menus in the upstream's order."""

    name: str
    all_table: int
    usage_table: int
    menus: tuple[FeedMenu | Rejected, ...]


FeedItem: TypeAlias = FeedBooth | Rejected


@dataclass(frozen=True)
class Feed:
    """A sound answer: every item in the upstream's order, broken ones included."""

    items: tuple[FeedItem, ...]


class _SoundBooth(msgspec.Struct, frozen=True):
    boothName: str  # noqa: N815
    boothAllTable: _Count  # noqa: N815
    boothUsageTable: _Count  # noqa: N815
    Menus: tuple[FeedMenu, ...]


class _SoundListing(msgspec.Struct, frozen=True):
    boothDetails: list[_SoundBooth]  # noqa: N815


class _SoundAnswer(msgspec.Struct, frozen=True):
    statusCode: Literal[200]  # noqa: N815
    data: _SoundListing
    message: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_SOUND_ANSWER = msgspec.json.Decoder(_SoundAnswer)
_read_name_of_menu = attrgetter("name")
_read_stock = attrgetter("ingredient")
_read_sales = attrgetter("sold")


def parse(body: bytes) -> Feed:
    """Return the feed in ``body``. Raises FeedError when the whole answer is of no use.

    A sound answer is decoded in one go; any other is read piece by piece, to say what is wrong.
    """
    try:
        text = body.decode()
        return _parse_sound(body) or _parse_by_hand(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        message = "D-Order의 응답이 올바른 JSON이 아닙니다. BOOTH_SYNC_API_URL을 확인하세요."
        raise FeedError(message, code="feed_malformed") from None


def booth_path(index: int) -> str:
    """Return the JSON path of an item."""
    return f"data.boothDetails[{index}]"


def menu_path(index: int, menu_index: int) -> str:
    """Return the JSON path of a menu in an item."""
    return f"{booth_path(index)}.Menus[{menu_index}]"


def _parse_sound(body: bytes) -> Feed | None:
    """Return the feed if every item is sound, every name clean, and no key repeated."""
    try:
        answer = _SOUND_ANSWER.decode(body)
    except msgspec.ValidationError:
        return None
    if _count_keys(answer) != body.count(b":"):
        return None
    booths = [_clean_names(booth) for booth in answer.data.boothDetails]
    return None if None in booths else Feed(tuple(filter(None, booths)))


def _count_keys(answer: _SoundAnswer) -> int:
    """Return how many keys were decoded.

    Each key has one colon. Where the text has as many, no key stood twice in an object, of which
    one would be lost; a colon in a name, or a key of no interest, only costs a closer look.
    """
    keys = 3 + (answer.message is not msgspec.UNSET)
    for booth in answer.data.boothDetails:
        menus = booth.Menus
        absent = [*map(_read_stock, menus), *map(_read_sales, menus)].count(None)
        keys += 4 + 3 * len(menus) - absent
    return keys


def _clean_names(booth: _SoundBooth) -> FeedBooth | None:
    """Return the booth with its names clean, None where one is empty or too long then."""
    names = [booth.boothName, *map(_read_name_of_menu, booth.Menus)]
    menus = booth.Menus
    if not all(map(is_proper_name, names)):
        names = list(map(clean_name, names))
        if not all(map(is_proper_name, names)):
            return None
        pairs = zip(menus, names[1:], strict=True)
        menus = tuple(msgspec.structs.replace(menu, name=name) for menu, name in pairs)
    return FeedBooth(names[0], booth.boothAllTable, booth.boothUsageTable, menus)


def _parse_by_hand(text: str) -> Feed:
    answer = json.loads(
        text,
        object_pairs_hook=_collect_pairs,
        parse_int=_read_integer,
        parse_constant=_refuse_constant,
    )
    listing = _open_envelope(answer)
    return Feed(
        tuple([_parse_booth(item, path=booth_path(index)) for index, item in enumerate(listing)])
    )


def _open_envelope(answer: Any) -> list[Any]:
    status = answer.get("statusCode") if isinstance(answer, dict) else None
    if type(status) is int and status != 200:
        message = f"D-Order의 응답 본문이 실패(statusCode {status})를 알립니다."
        raise FeedError(message, code="feed_status")
    listing = answer["data"] if type(status) is int and "data" in answer else None
    booths = listing.get("boothDetails") if isinstance(listing, dict) else None
    if not isinstance(booths, list):
        message = "D-Order의 부스 목록이 아닌 응답입니다. BOOTH_SYNC_API_URL을 확인하세요."
        raise FeedError(message, code="feed_envelope")
    return booths


def _collect_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    collected = dict(pairs)
    if len(collected) < len(pairs):
        raise FeedError("D-Order의 응답에 같은 키가 두 번 나옵니다.", code="feed_malformed")
    return collected


def _read_integer(digits: str) -> int | float:
    """Return a number beyond every limit as infinity, sparing Python to count its digits."""
    return int(digits) if len(digits) < 20 else float("inf")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parse_booth(item: Any, *, path: str) -> FeedItem:
    if not isinstance(item, dict):
        return Rejected(None, (Reason(path, "객체가 아닙니다."),))
    reasons: list[Reason] = []
    name = _read_name(item, "boothName", path=path, reasons=reasons)
    all_table = _read_count(item, "boothAllTable", path=path, reasons=reasons)
    usage_table = _read_count(item, "boothUsageTable", path=path, reasons=reasons)
    menus = item.get("Menus")
    if not isinstance(menus, list):
        reasons.append(Reason(f"{path}.Menus", _describe(item, "Menus", "목록")))
    if name is None or all_table is None or usage_table is None or not isinstance(menus, list):
        return Rejected(name, tuple(reasons))
    parsed = (_parse_menu(menu, path=f"{path}.Menus[{i}]") for i, menu in enumerate(menus))
    return FeedBooth(name, all_table, usage_table, tuple(parsed))


def _parse_menu(item: Any, *, path: str) -> FeedMenu | Rejected:
    if not isinstance(item, dict):
        return Rejected(None, (Reason(path, "객체가 아닙니다."),))
    reasons: list[Reason] = []
    name = _read_name(item, "menuName", path=path, reasons=reasons)
    ingredient, sold = (
        None if item.get(key) is None else _read_count(item, key, path=path, reasons=reasons)
        for key in ("menuIngredidentReminder", "menuSalesQuantity")
    )
    if reasons or name is None:
        return Rejected(name, tuple(reasons))
    return FeedMenu(name, ingredient, sold)


def _read_name(item: dict[str, Any], key: str, *, path: str, reasons: list[Reason]) -> str | None:
    name = item.get(key)
    if not isinstance(name, str):
        reasons.append(Reason(f"{path}.{key}", _describe(item, key, "문자열")))
        return None
    if _SURROGATE.search(name):
        reasons.append(Reason(f"{path}.{key}", "이름에 잘못된 문자가 있습니다."))
        return None
    cleaned = clean_name(name)
    if not cleaned:
        reasons.append(Reason(f"{path}.{key}", "이름이 비어 있습니다."))
        return None
    if len(cleaned) > MAX_NAME:
        reasons.append(Reason(f"{path}.{key}", f"이름이 {MAX_NAME}자를 넘습니다."))
        return None
    return cleaned


def _read_count(item: dict[str, Any], key: str, *, path: str, reasons: list[Reason]) -> int | None:
    count = item.get(key)
    if type(count) is int and 0 <= count <= MAX_COUNT:
        return count
    reasons.append(Reason(f"{path}.{key}", _describe(item, key, f"0~{MAX_COUNT} 범위의 정숫값")))
    return None


def _describe(item: dict[str, Any], key: str, expected: str) -> str:
    return f"{expected}이어야 합니다." if key in item else "값이 없습니다."
