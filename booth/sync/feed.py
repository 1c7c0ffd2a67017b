"""Bytes of the upstream become frozen booths and menus, or rejected items that say why.

D-Order's own key names stand here, once, and nowhere else. Items are decoded straight into types;
one that does not fit is read again by hand, which takes several times longer but can say why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import field
from msgspec.structs import force_setattr

from booth.errors import FeedError
from booth.names import MAX_COUNT, MAX_NAME, clean_name

_STATUS, _BOOTHS = "statusCode", "boothDetails"
_MESSAGE = "부스 검색 성공"
"""What D-Order says with its list of booths; its sister endpoint says something else."""
_BATCH = 64
"""Booths decoded at once: enough to make each cheap, few enough to do again if one is broken."""

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]


class FeedMenu(msgspec.Struct, frozen=True, gc=False):
    """A menu: its clean name, the stock left and the number sold, None where absent or null."""

    name: _Name = field(name="menuName")
    ingredient: _Count | None = field(name="menuIngredidentReminder", default=None)  # sic
    sold: _Count | None = field(name="menuSalesQuantity", default=None)

    @property
    def key(self) -> str:
        """What it is matched by."""
        return self.name


class Reason(msgspec.Struct, frozen=True):
    """Why an item was rejected: the JSON path of what is wrong, and a sentence."""

    path: str
    text: str


class Rejected(msgspec.Struct, frozen=True):
    """A broken item; ``name`` is its clean name where that could be read and may be shown."""

    name: str | None
    reasons: tuple[Reason, ...]

    @property
    def key(self) -> str | None:
        """What it is matched by, None where its name could not be read."""
        return self.name


class FeedBooth(msgspec.Struct, frozen=True):
    """A booth: its clean name, its tables, and its menus in the upstream's order."""

    name: str
    all_table: int
    usage_table: int
    menus: tuple[FeedMenu | Rejected, ...]

    @property
    def key(self) -> str:
        """What it is matched by."""
        return self.name


FeedItem: TypeAlias = FeedBooth | Rejected


class Feed(msgspec.Struct, frozen=True):
    """An answer of D-Order: every item in the upstream's order, broken ones included."""

    items: tuple[FeedItem, ...]


class _Booth(msgspec.Struct):
    name: _Name = field(name="boothName")
    all_table: _Count = field(name="boothAllTable")
    usage_table: _Count = field(name="boothUsageTable")
    menus: tuple[FeedMenu, ...] = field(name="Menus")


class _Listing(msgspec.Struct):
    booths: list[msgspec.Raw] = field(name=_BOOTHS)


class _Answer(msgspec.Struct):
    status: Literal[200] = field(name=_STATUS)
    data: _Listing
    message: msgspec.Raw = msgspec.Raw()


_BOOTH_KEYS = dict(zip(_Booth.__struct_fields__, _Booth.__struct_encode_fields__, strict=True))
_MENU_KEYS = dict(zip(FeedMenu.__struct_fields__, FeedMenu.__struct_encode_fields__, strict=True))
_ANSWER_DECODER = msgspec.json.Decoder(_Answer)
_BOOTHS_DECODER = msgspec.json.Decoder(list[_Booth])


LIST_PATH = f"data.{_BOOTHS}"
"""The JSON path of the list of booths."""


def booth_path(index: int) -> str:
    """Return the JSON path of an item."""
    return f"{LIST_PATH}[{index}]"


def menus_path(index: int) -> str:
    """Return the JSON path of the list of menus in an item."""
    return f"{booth_path(index)}.{_BOOTH_KEYS['menus']}"


def menu_path(index: int, menu_index: int) -> str:
    """Return the JSON path of a menu in an item."""
    return f"{menus_path(index)}[{menu_index}]"


def parse(body: bytes, *, holds_secret: Callable[[str], bool] = lambda text: False) -> Feed:
    """Return the feed in ``body``. Raises FeedError when the whole answer is of no use.

    An item in whose name ``holds_secret`` finds a secret is rejected, and the name forgotten. It
    must find one amid other text too: for speed it is asked about many names, a line each.
    """
    reader = _Reader(holds_secret)
    verdicts: list[FeedItem] = []
    try:
        items = _open_envelope(body)
        for start in range(0, len(items), _BATCH):
            verdicts += reader.read(items[start : start + _BATCH], start)
    except (msgspec.DecodeError, ValueError, RecursionError):
        message = "D-Order의 응답이 올바른 JSON이 아닙니다. BOOTH_SYNC_API_URL을 확인하세요."
        raise FeedError(message, code="feed_malformed") from None
    return Feed(tuple(verdicts))


def _open_envelope(body: bytes) -> list[msgspec.Raw]:
    """Return the items of an answer that has them and is a success. Raises FeedError otherwise."""
    try:
        answer = _ANSWER_DECODER.decode(body)
    except msgspec.ValidationError:
        loose = _load(body)
        status = loose.get(_STATUS) if isinstance(loose, dict) else None
        if type(status) is int and status != 200:
            message = f"D-Order의 응답 본문이 실패(statusCode {status})를 알립니다."
            raise FeedError(message, code="feed_status") from None
        message = "D-Order의 부스 목록이 아닌 응답입니다. BOOTH_SYNC_API_URL을 확인하세요."
        raise FeedError(message, code="feed_envelope") from None
    items, note = answer.data.booths, bytes(answer.message)
    said = _load(note) if note else None
    if not items and said != _MESSAGE:
        message = "빈 목록이지만 부스 목록의 응답이 아닙니다. BOOTH_SYNC_API_URL을 확인하세요."
        raise FeedError(message, code="feed_envelope")
    # More colons around the items than the envelope has keys: one stands twice, or is new.
    if body.count(b":") - b"".join(items).count(b":") != 3 + bool(note):
        _load(body)
    return items


def _load(text: bytes) -> Any:
    """Return any JSON as Python values, none of its keys twice. Raises FeedError, ValueError."""
    return _JSON_DECODER.decode(text.decode())


def _collect_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    collected = dict(pairs)
    if len(collected) < len(pairs):
        raise FeedError("D-Order의 응답에 같은 키가 두 번 나옵니다.", code="feed_malformed")
    return collected


_JSON_DECODER = json.JSONDecoder(
    object_pairs_hook=_collect_pairs,
    # A number beyond every limit becomes infinite, sparing Python to count its digits.
    parse_int=lambda digits: int(digits) if len(digits) < 20 else float("inf"),
    # NaN and Infinity are not JSON; as integers they are a ValueError.
    parse_constant=int,
)


class _Reader(msgspec.Struct):
    holds_secret: Callable[[str], bool]

    def read(self, items: list[msgspec.Raw], start: int) -> Sequence[FeedItem]:
        """Return the booths or the verdicts on ``items``; the first has index ``start``."""
        booths = self._decode(b"[" + b",".join(items) + b"]")
        if booths is not None:
            return booths
        if len(items) > 1:
            return [self.read([item], index)[0] for index, item in enumerate(items, start)]
        return [self._judge_booth(_load(bytes(items[0])), start)]

    def _decode(self, text: bytes) -> list[FeedBooth] | None:
        """Return the booths of a list, None where any of them needs a closer look.

        Of a key that stands twice msgspec keeps one and says nothing. But each key has a colon: a
        text with no more colons than keys were kept has none twice. A colon in a name, or a key
        of no interest, only costs the closer look.
        """
        try:
            booths = _BOOTHS_DECODER.decode(text)
        except msgspec.ValidationError:
            return None
        menus = [menu for booth in booths for menu in booth.menus]
        figures = [menu.ingredient for menu in menus] + [menu.sold for menu in menus]
        keys = len(_BOOTH_KEYS) * len(booths) + len(_MENU_KEYS) * len(menus) - figures.count(None)
        names = [booth.name for booth in booths] + [menu.name for menu in menus]
        clean = list(map(clean_name, names))
        if text.count(b":") != keys or self.holds_secret("\n".join(names)):
            return None
        if clean != names:
            # Cleaning may leave nothing of a name and, in some scripts, lengthen it.
            is_fit = all(clean) and max(map(len, clean)) <= MAX_NAME
            if not is_fit or self.holds_secret("\n".join(clean)):
                return None
            for item, name in zip([*booths, *menus], clean, strict=True):
                force_setattr(item, "name", name)
        return [FeedBooth(b.name, b.all_table, b.usage_table, b.menus) for b in booths]

    def _judge_booth(self, item: Any, index: int) -> FeedItem:
        fields = self._judge(item, _BOOTH_KEYS, path=booth_path(index))
        if isinstance(fields, Rejected):
            return fields
        menus: list[FeedMenu | Rejected] = []
        for place, menu in enumerate(fields["menus"]):
            figures = self._judge(menu, _MENU_KEYS, path=menu_path(index, place))
            menus.append(figures if isinstance(figures, Rejected) else FeedMenu(**figures))
        return FeedBooth(**fields | {"menus": tuple(menus)})

    def _judge(self, item: Any, keys: dict[str, str], *, path: str) -> dict[str, Any] | Rejected:
        """Return the fields of an item, or what is wrong with it."""
        if not isinstance(item, dict):
            return Rejected(None, (Reason(path, "객체가 아닙니다."),))
        fields: dict[str, Any] = {}
        reasons = []
        for name, key in keys.items():
            value = item.get(key)
            fault = None
            if name == "name":
                value, fault = self._judge_name(value)
            elif name == "menus":
                fault = None if isinstance(value, list) else "목록이어야 합니다."
            elif not (value is None and keys is _MENU_KEYS):
                is_count = type(value) is int and 0 <= value <= MAX_COUNT
                fault = None if is_count else f"0~{MAX_COUNT} 범위의 정숫값이어야 합니다."
            fields[name] = value
            if fault:
                reasons.append(Reason(f"{path}.{key}", fault if key in item else "값이 없습니다."))
        return Rejected(fields["name"], tuple(reasons)) if reasons else fields

    def _judge_name(self, name: Any) -> tuple[str | None, str | None]:
        """Return the clean name, or else what is wrong with it."""
        if not isinstance(name, str):
            return None, "문자열이어야 합니다."
        clean = clean_name(name)
        if self.holds_secret(name) or self.holds_secret(clean):
            return None, "이름에 비밀 값이 들어 있습니다."
        if not clean:
            return None, "이름이 비어 있습니다."
        if len(clean) > MAX_NAME:
            return None, f"이름이 {MAX_NAME}자를 넘습니다."
        return clean, None
