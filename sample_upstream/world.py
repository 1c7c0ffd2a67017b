"""The festival as D-Order sees it: values, and their spelling on the wire."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

API_PATH = "/api/v2/public/d-order/booths/"
SEAT_FEE_STOCK = 999_999

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_BODY_START = '{"statusCode":200,"message":"부스 검색 성공","data":{"boothDetails":['.encode()
_BODY_END = b"]}}"


def encode_json(value: object) -> bytes:
    """Return `value` as DRF's JSONRenderer writes it: compact, UTF-8, unescaped."""
    text = _ENCODER.encode(value)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()


def join_body(fragments: Iterable[bytes]) -> bytes:
    """Return the D-Order envelope around booths that are already encoded."""
    return _BODY_START + b",".join(fragments) + _BODY_END


@dataclass(frozen=True, slots=True)
class Menu:
    """One line of a booth's menu."""

    name: str
    stock: int
    """What D-Order calls `menuIngredidentReminder`; 999,999 for a seat fee."""

    @property
    def is_seat_fee(self) -> bool:
        """Return whether this line is a charge for sitting down."""
        return self.stock >= SEAT_FEE_STOCK

    def as_item(self) -> dict[str, object]:
        """Return the menu with the keys of D-Order."""
        return {"menuName": self.name, "menuIngredidentReminder": self.stock}


@dataclass(frozen=True, kw_only=True)
class Booth:
    """One sign-up at D-Order; names are not unique, keys are."""

    key: int
    """Identity inside the sample; D-Order sends none."""
    name: str
    tables: int
    used: int
    menus: tuple[Menu, ...]

    def as_item(self) -> dict[str, object]:
        """Return the booth with the keys of D-Order."""
        return {
            "boothName": self.name,
            "boothAllTable": self.tables,
            "boothUsageTable": self.used,
            "Menus": [menu.as_item() for menu in self.menus],
        }

    @cached_property
    def encoded(self) -> bytes:
        """The booth as JSON, made once, since a booth never changes but is replaced."""
        return encode_json(self.as_item())


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything that is true after `step` steps; never changed, only replaced."""

    seed: int
    step: int
    booths: tuple[Booth, ...]
    away: tuple[Booth, ...]
    """Booths that vanished and will return."""

    def as_json(self) -> bytes:
        """Return the truth as JSON: `step`, `booths` in a steady order, names `away`."""
        head = encode_json({"step": self.step, "away": [booth.name for booth in self.away]})
        booths = b",".join(booth.encoded for booth in self.booths)
        return head[:-1] + b',"booths":[' + booths + b"]}"
