"""Reads an answer piece by piece, to use what is sound and to say what is wrong with the rest."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from booth.errors import FeedError
from booth.names import MAX_NAME, clean_name
from booth.sync.feed.types import (
    MAX_COUNT,
    Feed,
    FeedBooth,
    FeedItem,
    FeedMenu,
    Reason,
    Rejected,
    booth_path,
)

_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_by_hand(text: str) -> Feed:
    """Return the feed in ``text``. Raises FeedError, and ValueError for what is not JSON."""
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
