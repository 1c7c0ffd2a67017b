"""What D-Order lists: booths and menus under its own key names, which stand only here."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import field

from booth.names import MAX_COUNT, MAX_NAME, find_key
from booth.sync.envelope import BOOTHS

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
        return find_key(self.name)


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
        return find_key(self.name) if self.name else None


class FeedBooth(msgspec.Struct, frozen=True):
    """A booth: its clean name, its tables, and its menus in the upstream's order."""

    name: str
    all_table: int
    usage_table: int
    menus: tuple[FeedMenu | Rejected, ...]

    @property
    def key(self) -> str:
        """What it is matched by."""
        return find_key(self.name)


FeedItem: TypeAlias = FeedBooth | Rejected


class Feed(msgspec.Struct, frozen=True):
    """An answer of D-Order: every item in the upstream's order, broken ones included."""

    items: tuple[FeedItem, ...]


class RawBooth(msgspec.Struct):
    """A booth as it is decoded, its name not clean yet."""

    name: _Name = field(name="boothName")
    all_table: _Count = field(name="boothAllTable")
    usage_table: _Count = field(name="boothUsageTable")
    menus: tuple[FeedMenu, ...] = field(name="Menus")


BOOTH_KEYS = dict(zip(RawBooth.__struct_fields__, RawBooth.__struct_encode_fields__, strict=True))
MENU_KEYS = dict(zip(FeedMenu.__struct_fields__, FeedMenu.__struct_encode_fields__, strict=True))


LIST_PATH = f"data.{BOOTHS}"
"""The JSON path of the list of booths."""


def booth_path(index: int) -> str:
    """Return the JSON path of an item."""
    return f"{LIST_PATH}[{index}]"


def menus_path(index: int) -> str:
    """Return the JSON path of the list of menus in an item."""
    return f"{booth_path(index)}.{BOOTH_KEYS['menus']}"


def menu_path(index: int, menu_index: int) -> str:
    """Return the JSON path of a menu in an item."""
    return f"{menus_path(index)}[{menu_index}]"
