"""Bytes of the upstream become frozen booths and menus, or rejected items that say why.

D-Order's own key names live in this module only. A sound item is decoded straight into its type;
a broken one is read again, by hand, to name what is wrong with it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import msgspec

from booth.errors import FeedError
from booth.names import MAX_NAME, clean_name

MAX_COUNT = 2**31 - 1
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


class _Listing(msgspec.Struct, frozen=True):
    boothDetails: list[msgspec.Raw]  # noqa: N815


class _Envelope(msgspec.Struct, frozen=True):
    statusCode: int  # noqa: N815
    data: msgspec.Raw = msgspec.Raw(b"null")


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_LISTING = msgspec.json.Decoder(_Listing)
_SOUND_BOOTH = msgspec.json.Decoder(_SoundBooth)


def parse(body: bytes) -> Feed:
    """Return the feed in ``body``. Raises FeedError when the whole answer is of no use."""
    try:
        text = body.decode()
        listing = _open_envelope(text)
        items = tuple(_parse_item(raw, path=booth_path(i)) for i, raw in enumerate(listing))
        if _may_repeat_keys(text, items):
            _refuse_repeated_keys(text)
    except msgspec.ValidationError:
        message = "D-Order의 부스 목록이 아닌 응답입니다. BOOTH_SYNC_API_URL을 확인하세요."
        raise FeedError(message, code="feed_envelope") from None
    except (msgspec.DecodeError, ValueError, RecursionError):
        message = "D-Order의 응답이 올바른 JSON이 아닙니다. BOOTH_SYNC_API_URL을 확인하세요."
        raise FeedError(message, code="feed_malformed") from None
    return Feed(items)


def booth_path(index: int) -> str:
    """Return the JSON path of an item."""
    return f"data.boothDetails[{index}]"


def menu_path(index: int, menu_index: int) -> str:
    """Return the JSON path of a menu in an item."""
    return f"{booth_path(index)}.Menus[{menu_index}]"


def _open_envelope(text: str) -> list[msgspec.Raw]:
    envelope = _ENVELOPE.decode(text)
    if envelope.statusCode != 200:
        message = f"D-Order의 응답 본문이 실패(statusCode {envelope.statusCode})를 알립니다."
        raise FeedError(message, code="feed_status")
    return _LISTING.decode(envelope.data).boothDetails


def _may_repeat_keys(text: str, items: tuple[FeedItem, ...]) -> bool:
    """Tell, fast, whether some object could name a key twice, of which one would be lost."""
    booths = [item for item in items if isinstance(item, FeedBooth)]
    menus = sum(len(booth.menus) for booth in booths)
    limits = {"statusCode": 1, "data": 1, "boothDetails": 1, "menuName": menus}
    limits |= {"menuIngredidentReminder": menus, "menuSalesQuantity": menus}
    limits |= dict.fromkeys(("boothName", "boothAllTable", "boothUsageTable", "Menus"), len(items))
    spelled_out = any(text.count(f'"{key}"') > limit for key, limit in limits.items())
    return spelled_out or len(booths) < len(items) or "\\u00" in text


def _refuse_repeated_keys(text: str) -> None:
    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        collected = dict(pairs)
        if len(collected) < len(pairs):
            message = "D-Order의 응답에 같은 키가 두 번 나옵니다."
            raise FeedError(message, code="feed_malformed")
        return collected

    json.loads(text, object_pairs_hook=collect, parse_int=_read_integer)


def _parse_item(raw: msgspec.Raw, *, path: str) -> FeedItem:
    try:
        sound = _SOUND_BOOTH.decode(raw)
    except msgspec.ValidationError:
        return _parse_booth_by_hand(_decode_freely(raw), path=path)
    name = clean_name(sound.boothName)
    menus = tuple(map(_clean_menu, sound.Menus))
    if not _is_usable(name) or not all(_is_usable(menu.name) for menu in menus):
        return _parse_booth_by_hand(_decode_freely(raw), path=path)
    return FeedBooth(name, sound.boothAllTable, sound.boothUsageTable, menus)


def _clean_menu(menu: FeedMenu) -> FeedMenu:
    name = clean_name(menu.name)
    return menu if name == menu.name else msgspec.structs.replace(menu, name=name)


def _is_usable(name: str) -> bool:
    return 0 < len(name) <= MAX_NAME


def _decode_freely(raw: msgspec.Raw) -> Any:
    """Decode to plain objects; numbers beyond a double stay numbers, and are refused later."""
    return json.loads(bytes(raw), parse_int=_read_integer)


def _read_integer(digits: str) -> int | float:
    return int(digits) if len(digits) < 20 else float("inf")


def _parse_booth_by_hand(item: Any, *, path: str) -> FeedItem:
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
    parsed = (_parse_menu_by_hand(menu, path=f"{path}.Menus[{i}]") for i, menu in enumerate(menus))
    return FeedBooth(name, all_table, usage_table, tuple(parsed))


def _parse_menu_by_hand(item: Any, *, path: str) -> FeedMenu | Rejected:
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
