"""The values that go into and come out of planning."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from msgspec import Struct

AUTOMATIC_DESCRIPTION = re.compile(r"D-Order 자동 업데이트: \d{4}-\d\d-\d\d \d\d:\d\d")
"""What a description looks like that no person has touched."""

_Row = TypeVar("_Row")
Kind: TypeAlias = Literal["create", "update", "miss"]


class StoredMenu(NamedTuple):
    """A menu's row."""

    id: int
    booth_id: int
    name: str
    ingredient: int | None
    sold: int
    is_missing: bool


class StoredBooth(NamedTuple):
    """The row of a managed booth, joined with its detail; None where it has no detail yet."""

    id: int
    name: str
    missing_since: datetime | None
    all_table: int | None
    usage_table: int | None
    can_usage: bool | None
    description: str | None


class StoredState(Struct, frozen=True, kw_only=True):
    """All managed booths by name, their menus by booth id and name, and people's own booths."""

    booths: Mapping[str, StoredBooth]
    menus: Mapping[int, Mapping[str, StoredMenu]]
    hand_made: frozenset[str] = frozenset()


class Problem(NamedTuple):
    """Something to tell people about an item: its kind, its JSON path and a sentence."""

    kind: Literal["rejected", "duplicate", "conflict"]
    path: str
    reason: str


class BoothChange(Struct, frozen=True):
    """What to write to a booth and its detail.

    ``stored`` is None for a booth to create. ``description`` is None where people's own text
    stays. A ``miss`` only marks the booth as missing.
    """

    kind: Kind
    name: str
    stored: StoredBooth | None
    all_table: int = 0
    usage_table: int = 0
    description: str | None = None

    @property
    def old(self) -> StoredBooth:
        """The row that an ``update`` or a ``miss`` is about."""
        return _require(self.stored)

    @property
    def can_usage(self) -> bool:
        """Tell whether a table is free."""
        return self.usage_table < self.all_table


class MenuChange(Struct, frozen=True):
    """What to write to a menu; None in ``ingredient`` or ``sold`` leaves the column alone.

    ``booth_id`` is None in a booth that is yet to be created.
    """

    kind: Kind
    booth: str
    booth_id: int | None
    name: str
    stored: StoredMenu | None
    ingredient: int | None = None
    sold: int | None = None

    @property
    def old(self) -> StoredMenu:
        """The row that an ``update`` or a ``miss`` is about."""
        return _require(self.stored)


def _require(stored: _Row | None) -> _Row:
    if stored is None:
        raise ValueError("only a change that creates is about no row")
    return stored


class EntityCounts(Struct, frozen=True, kw_only=True):
    """How many items met which fate (docs/architecture.md, "Counts")."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    missing: int = 0
    rejected: int = 0
    duplicate: int = 0
    conflict: int = 0


RESULTS = EntityCounts.__struct_fields__


class Counts(Struct, frozen=True, kw_only=True):
    """The counts of a run."""

    booths: EntityCounts = EntityCounts()
    menus: EntityCounts = EntityCounts()


class Plan(Struct, frozen=True, kw_only=True):
    """All that a run would write, sorted by name, and all that people should know."""

    booths: tuple[BoothChange, ...]
    menus: tuple[MenuChange, ...]
    problems: tuple[Problem, ...]
    counts: Counts

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return not self.booths and not self.menus
