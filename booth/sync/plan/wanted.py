"""What the feed wants: each name once, though several items may bear it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from msgspec import Struct

from booth.errors import Problem
from booth.sync.items import Feed, FeedBooth, FeedMenu, Rejected, booth_path, menu_path, menus_path
from booth.sync.plan.guards import refuse_rejected
from booth.sync.plan.types import Items, Problems, select_problems

_TWIN_BOOTH = "같은 이름의 부스가 또 있어, 테이블과 메뉴가 더 많은 쪽을 씁니다."
_TWIN_MENU = "같은 이름의 메뉴가 또 있어, 재고가 더 많은 쪽을 씁니다."


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
    problems: Problems
    booth_items: Items
    menu_items: Items


def settle(feed: Feed) -> Wanted:
    """Return the feed with each booth and menu once, whatever the order of its lists.

    Raises UnsafePlan where more of it is broken than a list of D-Order would have.
    """
    rejected = {i: item for i, item in enumerate(feed.items) if isinstance(item, Rejected)}
    booths = {index: _settle_menus(index, booth) for index, booth in _choose_booths(feed)}
    booth_items = Items(len(feed.items), len(rejected), len(booths))
    menu_items = Items(
        sum(len(item.booth.menus) for item in booths.values()),
        sum(item.rejected for item in booths.values()),
        sum(len(item.menus) for item in booths.values()),
    )
    problems = select_problems(_find_problems(feed, booths))
    refuse_rejected(
        booth_items,
        menu_items,
        without_menus=sum(
            any(reason.path == menus_path(index) for reason in item.reasons)
            for index, item in rejected.items()
        ),
        problems=problems,
    )
    return Wanted(
        booths=list(booths.values()),
        protected=frozenset(item.key for item in rejected.values() if item.key),
        problems=problems,
        booth_items=booth_items,
        menu_items=menu_items,
    )


def _choose_booths(feed: Feed) -> Iterator[tuple[int, FeedBooth]]:
    """Yield, with its index, the booth that counts of each key (docs/architecture.md, "Twins").

    D-Order makes a new booth at every sign-up, so a real one comes with empty twins.
    """
    twins: defaultdict[str, list[tuple[int, FeedBooth]]] = defaultdict(list)
    for index, item in enumerate(feed.items):
        if isinstance(item, FeedBooth):
            twins[item.key].append((index, item))
    for listed in twins.values():
        yield min(listed, key=lambda twin: _rank_booth(twin[1])) if len(listed) > 1 else listed[0]


def _rank_booth(booth: FeedBooth) -> tuple[Any, ...]:
    """Return what is least for the booth that counts; only equal booths rank alike.

    Orders and payments change tables in use and stock, so names decide before them.
    """
    return (
        -booth.all_table,
        -len(booth.menus),
        sorted(menu.name or "" for menu in booth.menus),
        -booth.usage_table,
        sorted(map(_describe, booth.menus)),
        booth.name,
    )


def _describe(menu: FeedMenu | Rejected) -> tuple[Any, ...]:
    """Return what is in a menu, but not where it stands, to be compared with others."""
    if isinstance(menu, Rejected):
        # A path begins with the place in the list.
        faults = [(reason.path.rpartition("]")[2], reason.text) for reason in menu.reasons]
        return menu.name or "", True, faults
    return menu.name, False, _rank_menu(menu)


def _rank_menu(menu: FeedMenu) -> tuple[int, int, str]:
    """Return what is least for the menu that counts of several with one key.

    A set named like a single is made of what that has left, so it never has more.
    """
    stock, sold = (-1 if figure is None else figure for figure in (menu.ingredient, menu.sold))
    return -stock, -sold, menu.name


def _settle_menus(index: int, booth: FeedBooth) -> WantedBooth:
    keys = {menu.key for menu in booth.menus}
    if len(keys) == len(booth.menus) and Rejected not in set(map(type, booth.menus)):
        # Nearly every booth: nothing to settle, which is told much faster than menu by menu.
        plain = cast("tuple[FeedMenu, ...]", booth.menus)
        return WantedBooth(index=index, booth=booth, menus=plain)
    sound = [menu for menu in booth.menus if isinstance(menu, FeedMenu)]
    rejected = [menu for menu in booth.menus if isinstance(menu, Rejected)]
    best = {menu.key: menu for menu in sorted(sound, key=_rank_menu, reverse=True)}
    return WantedBooth(
        index=index,
        booth=booth,
        menus=tuple(best.values()),
        protected=frozenset(menu.key for menu in rejected if menu.key),
        rejected=len(rejected),
    )


def _find_problems(feed: Feed, booths: Mapping[int, WantedBooth]) -> Iterator[Problem]:
    """Yield what people should know of ``feed``, of whose items ``booths`` count."""
    for index, item in enumerate(feed.items):
        if isinstance(item, Rejected):
            yield from _report(item, name=item.name or "")
        elif index not in booths:
            yield Problem("duplicate", booth_path(index), _TWIN_BOOTH, name=item.name)
        elif len(booths[index].menus) < len(item.menus):
            best = {menu.key: menu for menu in booths[index].menus}
            for place, menu in enumerate(item.menus):
                if isinstance(menu, Rejected):
                    name = f"{item.name} / {menu.name}" if menu.name else item.name
                    yield from _report(menu, name=name)
                elif best[menu.key] is not menu:
                    name = f"{item.name} / {menu.name}"
                    yield Problem("duplicate", menu_path(index, place), _TWIN_MENU, name=name)


def _report(item: Rejected, *, name: str) -> Iterator[Problem]:
    for reason in item.reasons:
        yield Problem("rejected", reason.path, reason.text, name=name)
