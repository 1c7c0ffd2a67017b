"""Bytes of the upstream become frozen booths and menus, or rejected items that say why.

D-Order's own key names live in this package only.
"""

from __future__ import annotations

import msgspec

from booth.errors import FeedError
from booth.sync.feed.by_hand import parse_by_hand
from booth.sync.feed.sound import parse_sound
from booth.sync.feed.types import (
    MAX_COUNT,
    Feed,
    FeedBooth,
    FeedItem,
    FeedMenu,
    Reason,
    Rejected,
    booth_path,
    menu_path,
)

__all__ = [
    "MAX_COUNT",
    "Feed",
    "FeedBooth",
    "FeedItem",
    "FeedMenu",
    "Reason",
    "Rejected",
    "booth_path",
    "menu_path",
    "parse",
]


def parse(body: bytes) -> Feed:
    """Return the feed in ``body``. Raises FeedError when the whole answer is of no use.

    A sound answer is decoded in one go; any other is read piece by piece, to say what is wrong.
    """
    try:
        return parse_sound(body) or parse_by_hand(body.decode())
    except (msgspec.DecodeError, ValueError, RecursionError):
        message = "D-Order의 응답이 올바른 JSON이 아닙니다. BOOTH_SYNC_API_URL을 확인하세요."
        raise FeedError(message, code="feed_malformed") from None
