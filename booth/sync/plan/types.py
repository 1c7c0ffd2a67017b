"""The values that go into and come out of planning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar, cast, get_args

from msgspec import Struct

from booth.errors import Problem, ProblemKind

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
    """All managed booths by key, their menus by booth id and key, and keys of people's booths."""

    booths: Mapping[str, StoredBooth]
    menus: Mapping[int, Mapping[str, StoredMenu]]
    hand_made: frozenset[str] = frozenset()


MAX_PROBLEMS = 100
"""As many are told of; of the others only how many they are."""


class Problems(NamedTuple):
    """The ``first`` of the problems, the worst kinds before the others, and how many ``more``."""

    first: tuple[Problem, ...]
    more: int


def select_problems(met: Iterable[Problem], *, more: int = 0) -> Problems:
    """Return those of ``met`` to tell of, in their order within a kind.

    ``more`` are known of already, as a number. No more are kept than can be told.
    """
    kept: dict[str, list[Problem]] = {kind: [] for kind in get_args(ProblemKind)}
    total = 0
    for problem in met:
        total += 1
        if len(kept[problem.kind]) < MAX_PROBLEMS:
            kept[problem.kind].append(problem)
    first = tuple(chain(*kept.values()))[:MAX_PROBLEMS]
    return Problems(first, more + total - len(first))


class Change(Struct, Generic[_Row], frozen=True):
    """What to write to a row; ``stored`` is None where it is yet to be created.

    A ``miss`` only marks the row as missing.
    """

    kind: Kind
    name: str
    stored: _Row | None

    @property
    def old(self) -> _Row:
        """The row that an ``update`` or a ``miss`` is about."""
        return cast("_Row", self.stored)


class BoothChange(Change[StoredBooth], frozen=True):
    """What to write to a booth and its detail; a ``description`` of None keeps people's text."""

    all_table: int = 0
    usage_table: int = 0
    description: str | None = None

    @property
    def can_usage(self) -> bool:
        """Tell whether a table is free."""
        return self.usage_table < self.all_table


class MenuChange(Change[StoredMenu], frozen=True):
    """What to write to a menu; None in ``ingredient`` or ``sold`` leaves the column alone.

    ``booth_id`` is None in a booth that is yet to be created.
    """

    booth: str
    booth_id: int | None
    ingredient: int | None = None
    sold: int | None = None


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


class Items(NamedTuple):
    """How many items the feed has, how many of them are broken, and how many count."""

    total: int
    rejected: int
    settled: int

    @property
    def are_mostly_broken(self) -> bool:
        """Tell whether more than half of them are."""
        return self.rejected * 2 > self.total

    def tally(
        self, changes: Sequence[Change[Any]], *, listed: int, conflict: int = 0
    ) -> EntityCounts:
        """Return what became of them when ``changes`` are made for the ``listed`` ones."""
        kinds = [change.kind for change in changes]
        created, updated = kinds.count("create"), kinds.count("update")
        return EntityCounts(
            created=created,
            updated=updated,
            unchanged=listed - created - updated,
            missing=kinds.count("miss"),
            rejected=self.rejected,
            duplicate=self.total - self.rejected - self.settled,
            conflict=conflict,
        )


class Counts(Struct, frozen=True, kw_only=True):
    """The counts of a run."""

    booths: EntityCounts = EntityCounts()
    menus: EntityCounts = EntityCounts()


class Plan(Struct, frozen=True, kw_only=True):
    """All that a run would write, sorted by name, and the first of what people should know."""

    booths: tuple[BoothChange, ...]
    menus: tuple[MenuChange, ...]
    problems: tuple[Problem, ...]
    counts: Counts
    more_problems: int = 0

    @property
    def size(self) -> int:
        """How many rows it would write, details aside."""
        return len(self.booths) + len(self.menus)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return self.size == 0
