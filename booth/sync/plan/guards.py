"""Refuses feeds that would do more harm than good (docs/architecture.md, "Guards")."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from booth.errors import Problem, UnsafePlan
from booth.sync.items import LIST_PATH
from booth.sync.plan.types import BoothChange, Items, Problems, select_problems

MIN_GUARDED = 10
"""Fewer rows or items than this say nothing about shares."""


def refuse_rejected(booths: Items, menus: Items, *, without_menus: int, problems: Problems) -> None:
    """Raise UnsafePlan when more than half of the booths, or of 10 or more menus, are broken.

    ``without_menus`` of the booths lack the list of their menus, as another address's all do.
    """
    if 0 < booths.total == without_menus:
        _refuse(
            f"부스 {booths.total}개 모두에 Menus 목록이 없어 아무것도 바꾸지 않았습니다. "
            "D-Order 부스 목록의 응답이 맞는지 확인하세요.",
            code="feed_rejected",
            problems=problems,
        )
    guarded = [("부스", booths), *([("메뉴", menus)] if menus.total >= MIN_GUARDED else [])]
    for name, items in guarded:
        if items.are_mostly_broken:
            _refuse(
                f"{name} {items.total}개 중 {items.rejected}개가 잘못되어 아무것도 바꾸지 "
                "않았습니다. 부스 목록의 응답이 맞다면 항목과 이유를 D-Order에 알리세요.",
                code="feed_rejected",
                problems=problems,
            )


def refuse_shrinking(
    total: int, *, listed: int, vanished: Sequence[BoothChange], problems: Problems
) -> None:
    """Raise UnsafePlan for a list of none over ``listed`` booths, or when most of 10 vanish.

    ``total`` is the length of the list; ``vanished`` are the booths that it no longer holds.
    """
    missing = (
        Problem("missing", LIST_PATH, "부스가 목록에 없습니다.", name=change.name)
        for change in vanished
    )
    told = select_problems(chain(missing, problems.first), more=problems.more)
    if listed and not total:
        _refuse(
            f"D-Order가 빈 목록을 보냈지만 부스 {listed}개가 저장되어 있어 아무것도 바꾸지 "
            "않았습니다. 정말 비었다면 --allow-shrink로 한 번 실행하세요.",
            code="feed_empty",
            problems=told,
        )
    if listed >= MIN_GUARDED and len(vanished) * 2 > listed:
        _refuse(
            f"부스 {listed}개 중 {len(vanished)}개가 한꺼번에 사라져 아무것도 바꾸지 않았습니다. "
            "정말 사라졌다면 --allow-shrink로 한 번 실행하세요.",
            code="feed_shrunk",
            problems=told,
        )


def _refuse(message: str, *, code: str, problems: Problems) -> None:
    raise UnsafePlan(message, code=code, problems=problems.first, more_problems=problems.more)
