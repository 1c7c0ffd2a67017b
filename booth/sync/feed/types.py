"""What an answer of D-Order is made of: sound booths and menus, and rejected items."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

MAX_COUNT = 2**31 - 1
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]


class FeedMenu(msgspec.Struct, frozen=True, gc=False):
    """A menu: its clean name, the stock left and the number sold, None where absent or null."""

    name: str = msgspec.field(name="menuName")
    ingredient: Count | None = msgspec.field(name="menuIngredidentReminder", default=None)
    sold: Count | None = msgspec.field(name="menuSalesQuantity", default=None)


class Reason(msgspec.Struct, frozen=True):
    """Why an item was rejected: the JSON path of what is wrong, and a sentence."""

    path: str
    text: str


class Rejected(msgspec.Struct, frozen=True):
    """A broken item; ``name`` is its clean name where that could be read."""

    name: str | None
    reasons: tuple[Reason, ...]


class FeedBooth(msgspec.Struct, frozen=True):
    """A booth: its clean name, its tables, and its menus in the upstream's order."""

    name: str
    all_table: int
    usage_table: int
    menus: tuple[FeedMenu | Rejected, ...]


FeedItem: TypeAlias = FeedBooth | Rejected


class Feed(msgspec.Struct, frozen=True):
    """A sound answer: every item in the upstream's order, broken ones included."""

    items: tuple[FeedItem, ...]


def booth_path(index: int) -> str:
    """Return the JSON path of an item."""
    return f"data.boothDetails[{index}]"


def menu_path(index: int, menu_index: int) -> str:
    """Return the JSON path of a menu in an item."""
    return f"{booth_path(index)}.Menus[{menu_index}]"
