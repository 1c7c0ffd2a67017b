"""Bytes of the upstream become frozen booths and menus, or rejected items that say why.

Items are decoded straight into types; one that does not fit is read again by hand, which takes
several times longer but can say why.
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec.structs import force_setattr

from booth.errors import FeedError
from booth.names import MAX_COUNT, MAX_NAME, MAX_RAW_NAME, clean_name
from booth.sync.envelope import (
    MAX_LOOSE,
    describe_malformed,
    has_half,
    load,
    open_envelope,
    refuse_size,
)
from booth.sync.items import (
    BOOTH_KEYS,
    MENU_KEYS,
    Feed,
    FeedBooth,
    FeedItem,
    FeedMenu,
    RawBooth,
    Reason,
    Rejected,
    booth_path,
    menu_path,
)

MAX_ROWS = 200_000
"""Most rows that a feed may ask for, two for each booth, one for each menu (docs/evidence.md)."""
MAX_REASONS = 1_000
"""Of the items rejected after so many reasons, each keeps its first."""
_BATCH = 64
"""Booths decoded at once: enough to make each cheap, few enough to do again if one is broken."""

_HALF_FAULT = "반쪽 글자(짝 없는 서로게이트)가 들어 있습니다."
_SIZE_FAULT = f"{MAX_LOOSE // 2**20} MiB를 넘습니다."
_LENGTH_FAULT = f"이름이 {MAX_NAME}자를 넘습니다."
_COUNT_RULE = f"0 이상 {MAX_COUNT} 이하의 정수여야 합니다."
_KINDS: dict[type, str] = {
    **{type(None): "null", bool: "참·거짓", str: "문자열"},
    **{list: "목록", dict: "객체"},
}
"""What JSON knows besides numbers."""

_BOOTHS_DECODER = msgspec.json.Decoder(list[RawBooth])


def parse(
    body: bytes,
    *,
    holds_secret: Callable[[str], bool] = lambda text: False,
    checked: str = "BOOTH_SYNC_API_URL을",
) -> Feed:
    """Return the feed in ``body``. Raises FeedError when the whole answer is of no use.

    An item in whose name ``holds_secret`` finds a secret is rejected, and the name forgotten. It
    must find one amid other text too: for speed it is asked about many names, a line each.
    ``checked`` is what a person should look at where it is no feed, with its particle.
    """
    reader = _Reader(holds_secret, checked)
    verdicts: list[FeedItem] = []
    try:
        items = open_envelope(body, checked=checked)
        reader.count(2 * len(items))
        for start in range(0, len(items), _BATCH):
            verdicts += reader.read(items[start : start + _BATCH], start)
    except (msgspec.DecodeError, ValueError, RecursionError):
        message = describe_malformed(body, checked=checked)
        raise FeedError(message, code="feed_malformed") from None
    return Feed(tuple(verdicts))


class _Reader(msgspec.Struct):
    holds_secret: Callable[[str], bool]
    checked: str
    rows: int = 0
    reasons: int = 0

    def count(self, rows: int) -> None:
        """Count the rows of what is about to be looked at. Raises FeedError."""
        self.rows += rows
        if self.rows > MAX_ROWS:
            raise refuse_size(checked=self.checked)

    def read(self, items: list[msgspec.Raw], start: int) -> Sequence[FeedItem]:
        """Return the booths or the verdicts on ``items``; the first has index ``start``."""
        booths = self._decode(items)
        if booths is None:
            return [self._read_alone(item, index) for index, item in enumerate(items, start)]
        return booths

    def _read_alone(self, item: msgspec.Raw, index: int) -> FeedItem:
        booths = self._decode([item])
        if booths:
            return booths[0]
        if len(bytes(item)) > MAX_LOOSE:
            return self._reject(None, [Reason(booth_path(index), _SIZE_FAULT)])
        return self._judge_booth(load(bytes(item)), index)

    def _decode(self, items: list[msgspec.Raw]) -> list[FeedBooth] | None:
        """Return the booths of a list, None where any of them needs a closer look.

        Of a key that stands twice msgspec keeps one and says nothing. But each key has a colon: a
        text with no more colons than keys were kept has none twice. A colon in a name, or a key
        of no interest, only costs the closer look.
        """
        text = b"[" + b",".join(items) + b"]"
        if len(text) > MAX_LOOSE or has_half(text):
            return None
        try:
            booths = _BOOTHS_DECODER.decode(text)
        except msgspec.ValidationError:
            return None
        menus = [menu for booth in booths for menu in booth.menus]
        figures = [menu.ingredient for menu in menus] + [menu.sold for menu in menus]
        keys = len(BOOTH_KEYS) * len(booths) + len(MENU_KEYS) * len(menus) - figures.count(None)
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
        self.count(len(menus))
        return [FeedBooth(b.name, b.all_table, b.usage_table, b.menus) for b in booths]

    def _judge_booth(self, item: Any, index: int) -> FeedItem:
        fields = self._judge(item, BOOTH_KEYS, path=booth_path(index))
        if isinstance(fields, Rejected):
            return fields
        menus: list[FeedMenu | Rejected] = []
        self.count(len(fields["menus"]))
        for place, menu in enumerate(fields["menus"]):
            figures = self._judge(menu, MENU_KEYS, path=menu_path(index, place))
            menus.append(figures if isinstance(figures, Rejected) else FeedMenu(**figures))
        return FeedBooth(**fields | {"menus": tuple(menus)})

    def _judge(self, item: Any, keys: dict[str, str], *, path: str) -> dict[str, Any] | Rejected:
        """Return the fields of an item, or what is wrong with it."""
        if not isinstance(item, dict):
            return self._reject(None, [Reason(path, f"{self._show(item)}입니다. 객체여야 합니다.")])
        fields: dict[str, Any] = {}
        reasons = []
        for name, key in keys.items():
            value = item.get(key)
            fault = None
            if name == "name":
                value, fault = self._judge_name(value)
            elif name == "menus":
                is_list = isinstance(value, list)
                fault = None if is_list else f"{self._show(value)}입니다. 목록이어야 합니다."
            elif not (value is None and keys is MENU_KEYS):
                is_count = type(value) is int and 0 <= value <= MAX_COUNT
                fault = None if is_count else f"{self._show(value)}입니다. {_COUNT_RULE}"
            fields[name] = value
            if fault:
                reasons.append(Reason(f"{path}.{key}", fault if key in item else "값이 없습니다."))
        # Each menu is judged for itself.
        own = item | {BOOTH_KEYS["menus"]: []} if keys is BOOTH_KEYS else item
        if not reasons and not _is_text(own):
            reasons.append(Reason(path, _HALF_FAULT))
        return self._reject(fields["name"], reasons) if reasons else fields

    def _reject(self, name: str | None, reasons: list[Reason]) -> Rejected:
        kept = reasons if self.reasons < MAX_REASONS else reasons[:1]
        self.reasons += len(kept)
        return Rejected(name, tuple(kept))

    def _show(self, value: Any) -> str:
        """Return a number as it stands, unless it is a secret, and of all else the kind."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _KINDS[type(value)]
        return "숫자" if self.holds_secret(str(value)) else reprlib.repr(value)

    def _judge_name(self, name: Any) -> tuple[str | None, str | None]:
        """Return the clean name, or else what is wrong with it."""
        if not isinstance(name, str):
            return None, f"{self._show(name)}입니다. 문자열이어야 합니다."
        if len(name) > MAX_RAW_NAME:
            return None, _LENGTH_FAULT
        if not _is_text(name):
            return None, _HALF_FAULT
        clean = clean_name(name)
        if self.holds_secret(name) or self.holds_secret(clean):
            return None, "이름에 비밀 값이 들어 있습니다."
        if not clean:
            return None, "이름이 비어 있습니다."
        if len(clean) > MAX_NAME:
            return None, _LENGTH_FAULT
        return clean, None


def _is_text(value: Any) -> bool:
    """Tell whether no string anywhere in ``value`` holds half a character."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
