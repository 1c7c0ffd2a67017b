"""Refuses feeds that would do more harm than good (docs/architecture.md, "Guards")."""

from __future__ import annotations

from booth.errors import UnsafePlan
from booth.sync.plan.types import StoredState
from booth.sync.plan.wanted import Wanted

MIN_GUARDED = 10
"""Fewer rows or items than this say nothing about shares."""


def refuse_rejected(wanted: Wanted) -> None:
    """Raise UnsafePlan when more than half of the booths, or of 10 or more menus, are broken."""
    guarded = [("부스", wanted.booth_items, 1), ("메뉴", wanted.menu_items, MIN_GUARDED)]
    for name, items, least in guarded:
        if items.total >= least and items.rejected * 2 > items.total:
            text = f"{name} {items.total}개 중 {items.rejected}개가 잘못되어 저장하지 않았습니다."
            raise UnsafePlan(text, code="feed_rejected")


def refuse_shrinking(wanted: Wanted, *, stored: StoredState, vanishing: int) -> None:
    """Raise UnsafePlan for an empty list over listed booths, or when most of 10 would vanish."""
    listed = sum(booth.missing_since is None for booth in stored.booths.values())
    if listed and not wanted.booths and not wanted.booth_items.rejected:
        raise UnsafePlan(
            f"D-Order가 빈 목록을 보냈지만 부스 {listed}개가 저장되어 있어 바꾸지 않았습니다. "
            "정말 비었다면 --allow-shrink로 한 번 실행하세요.",
            code="feed_empty",
        )
    if listed >= MIN_GUARDED and vanishing * 2 > listed:
        raise UnsafePlan(
            f"부스 {listed}개 중 {vanishing}개가 한꺼번에 사라져 바꾸지 않았습니다. "
            "정말 사라졌다면 --allow-shrink로 한 번 실행하세요.",
            code="feed_shrunk",
        )
