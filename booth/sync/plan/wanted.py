"""What the feed wants: each name once, though several items may bear it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from msgspec import Struct

from booth.sync.feed import Feed, FeedBooth, FeedMenu, Rejected, booth_path, menu_path
from booth.sync.plan.types import Items, Problem


class WantedBooth(Struct, frozen=True, kw_only=True):
    """A booth that counts, with its place in the feed.

    ``protected`` are the keys of its rejected menus, whose rows stay as they are.
    """

    index: int
    booth: FeedBooth
    menus: Sequence[FeedMenu]
    protected: frozenset[str] = frozenset()
    rejected: int = 0


class Wanted(Struct, frozen=True, kw_only=True):
    """The booths that count, the problems met on the way, and how many items there were.

    ``protected`` are the keys of rejected booths. Menus are those of booths that count.
    """

    booths: Sequence[WantedBooth]
    protected: frozenset[str]
    problems: Sequence[Problem]
    booth_items: Items
    menu_items: Items


def settle_names(feed: Feed) -> Wanted:
    """Return the feed with each booth and menu once; a twin that does not count is reported."""
    best = _choose_booths(feed)
    problems: list[Problem] = []
    booths: list[WantedBooth] = []
    for index, item in enumerate(feed.items):
        if isinstance(item, Rejected):
            problems += _report(item)
        elif best[item.key] == index:
            booths.append(_settle_menus(index, item, problems=problems))
        else:
            reason = f"'{item.name}' 부스가 또 있어, 테이블과 메뉴가 더 많은 쪽을 씁니다."
            problems.append(Problem("duplicate", booth_path(index), reason))
    rejected = [item for item in feed.items if isinstance(item, Rejected)]
    return Wanted(
        booths=booths,
        protected=frozenset(item.key for item in rejected if item.key),
        problems=problems,
        booth_items=Items(len(feed.items), len(rejected), len(booths)),
        menu_items=Items(
            sum(len(item.booth.menus) for item in booths),
            sum(item.rejected for item in booths),
            sum(len(item.menus) for item in booths),
        ),
    )


def _choose_booths(feed: Feed) -> dict[str, int]:
    """Return the index of the item that counts of each key.

    D-Order makes a new booth at every sign-up, so a real one comes with empty twins.
    """
    best: dict[str, tuple[int, int, int]] = {}
    for index, item in enumerate(feed.items):
        if isinstance(item, FeedBooth):
            rank = (item.all_table, len(item.menus), -index)
            best[item.key] = max(rank, best.get(item.key, rank))
    return {key: -rank[2] for key, rank in best.items()}


def _settle_menus(index: int, booth: FeedBooth, *, problems: list[Problem]) -> WantedBooth:
    keys = {menu.key for menu in booth.menus}
    if len(keys) == len(booth.menus) and Rejected not in set(map(type, booth.menus)):
        # Nearly every booth: nothing to settle, which is told much faster than menu by menu.
        plain = cast("tuple[FeedMenu, ...]", booth.menus)
        return WantedBooth(index=index, booth=booth, menus=plain)
    menus: dict[str, FeedMenu] = {}
    for place, menu in enumerate(booth.menus):
        if isinstance(menu, Rejected):
            problems += _report(menu)
        elif menu.key in menus:
            reason = f"'{booth.name}'에 '{menu.name}' 메뉴가 또 있어, 먼저 나온 쪽을 씁니다."
            problems.append(Problem("duplicate", menu_path(index, place), reason))
        else:
            menus[menu.key] = menu
    rejected = [menu for menu in booth.menus if isinstance(menu, Rejected)]
    return WantedBooth(
        index=index,
        booth=booth,
        menus=tuple(menus.values()),
        protected=frozenset(menu.key for menu in rejected if menu.key),
        rejected=len(rejected),
    )


def _report(item: Rejected) -> list[Problem]:
    return [Problem("rejected", reason.path, reason.text) for reason in item.reasons]
