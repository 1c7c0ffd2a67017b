"""Chooses, of items that bear one name, the one that counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import cast

from msgspec import Struct

from booth.sync.feed import Feed, FeedBooth, FeedMenu, Reason, Rejected, booth_path, menu_path
from booth.sync.plan.types import Problem

_read_name = attrgetter("name")


class WantedBooth(Struct, frozen=True, kw_only=True):
    """A booth that counts, with its place in the feed.

    ``protected`` are the names of its rejected menus, whose rows stay as they are.
    """

    index: int
    booth: FeedBooth
    menus: Sequence[FeedMenu]
    protected: frozenset[str] = frozenset()
    rejected: int = 0


class Wanted(Struct, frozen=True, kw_only=True):
    """The feed with each name once, the problems met on the way, and how many items there were."""

    booths: Sequence[WantedBooth]
    protected: frozenset[str]
    problems: Sequence[Problem]
    rejected_booths: int
    duplicate_booths: int
    rejected_menus: int
    duplicate_menus: int
    menu_items: int


def resolve(feed: Feed) -> Wanted:
    """Return the feed with each booth and menu once; a twin that does not count is reported."""
    best = _choose_booths(feed)
    problems: list[Problem] = []
    wanted: list[WantedBooth] = []
    for index, item in enumerate(feed.items):
        if isinstance(item, Rejected):
            problems += _report(item.reasons)
        elif best[item.name] == index:
            wanted.append(_resolve_menus(index, item, problems=problems))
        else:
            reason = f"'{item.name}' 부스가 또 있어, 테이블과 메뉴가 더 많은 쪽을 씁니다."
            problems.append(Problem("duplicate", booth_path(index), reason))
    return _count(feed, wanted, problems)


def _choose_booths(feed: Feed) -> dict[str, int]:
    best: dict[str, tuple[int, int, int]] = {}
    for index, item in enumerate(feed.items):
        if isinstance(item, FeedBooth):
            rank = (item.all_table, len(item.menus), -index)
            if item.name not in best or rank > best[item.name]:
                best[item.name] = rank
    return {name: -rank[2] for name, rank in best.items()}


def _resolve_menus(index: int, booth: FeedBooth, *, problems: list[Problem]) -> WantedBooth:
    if _is_plain(booth):
        return WantedBooth(
            index=index, booth=booth, menus=cast("tuple[FeedMenu, ...]", booth.menus)
        )
    menus: dict[str, FeedMenu] = {}
    protected: set[str] = set()
    for menu_index, menu in enumerate(booth.menus):
        if isinstance(menu, Rejected):
            problems += _report(menu.reasons)
            protected.update([menu.name] if menu.name else [])
        elif menu.name in menus:
            reason = f"'{booth.name}'에 '{menu.name}' 메뉴가 또 있어, 먼저 나온 쪽을 씁니다."
            problems.append(Problem("duplicate", menu_path(index, menu_index), reason))
        else:
            menus[menu.name] = menu
    return WantedBooth(
        index=index,
        booth=booth,
        menus=tuple(menus.values()),
        protected=frozenset(protected),
        rejected=sum(isinstance(menu, Rejected) for menu in booth.menus),
    )


def _is_plain(booth: FeedBooth) -> bool:
    """Tell, fast, that no menu is rejected or a twin, as in nearly every booth."""
    names = set(map(_read_name, booth.menus))
    return len(names) == len(booth.menus) and Rejected not in set(map(type, booth.menus))


def _report(reasons: Iterable[Reason]) -> list[Problem]:
    return [Problem("rejected", reason.path, reason.text) for reason in reasons]


def _count(feed: Feed, wanted: list[WantedBooth], problems: list[Problem]) -> Wanted:
    rejected = [item for item in feed.items if isinstance(item, Rejected)]
    menu_items = sum(len(booth.booth.menus) for booth in wanted)
    rejected_menus = sum(booth.rejected for booth in wanted)
    kept_menus = sum(len(booth.menus) for booth in wanted)
    return Wanted(
        booths=wanted,
        protected=frozenset(item.name for item in rejected if item.name),
        problems=problems,
        rejected_booths=len(rejected),
        duplicate_booths=len(feed.items) - len(rejected) - len(wanted),
        rejected_menus=rejected_menus,
        duplicate_menus=menu_items - rejected_menus - kept_menus,
        menu_items=menu_items,
    )
