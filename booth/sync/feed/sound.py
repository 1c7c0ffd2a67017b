"""Decodes an answer in which all is sound, in one go."""

from __future__ import annotations

from operator import attrgetter
from typing import Literal

import msgspec

from booth.names import clean_name, is_proper_name
from booth.sync.feed.types import Count, Feed, FeedBooth, FeedMenu


class _SoundBooth(msgspec.Struct, frozen=True):
    boothName: str  # noqa: N815
    boothAllTable: Count  # noqa: N815
    boothUsageTable: Count  # noqa: N815
    Menus: tuple[FeedMenu, ...]


class _SoundListing(msgspec.Struct, frozen=True):
    boothDetails: list[_SoundBooth]  # noqa: N815


class _SoundAnswer(msgspec.Struct, frozen=True):
    statusCode: Literal[200]  # noqa: N815
    data: _SoundListing
    message: str | msgspec.UnsetType = msgspec.UNSET


_SOUND_ANSWER = msgspec.json.Decoder(_SoundAnswer)
_read_name = attrgetter("name")
_read_stock = attrgetter("ingredient")
_read_sales = attrgetter("sold")


def parse_sound(body: bytes) -> Feed | None:
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
    name, menus = booth.boothName, booth.Menus
    if not is_proper_name(name) or not all(map(is_proper_name, map(_read_name, menus))):
        name, *names = map(clean_name, [name, *map(_read_name, menus)])
        if not all(map(is_proper_name, [name, *names])):
            return None
        pairs = zip(menus, names, strict=True)
        menus = tuple(msgspec.structs.replace(menu, name=clean) for menu, clean in pairs)
    return FeedBooth(name, booth.boothAllTable, booth.boothUsageTable, menus)
