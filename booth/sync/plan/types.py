"""The values that go into and come out of planning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from msgspec import Struct

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


class Problem(NamedTuple):
    """Something to tell people about an item: its kind, its JSON path and a sentence."""

    kind: Literal["rejected", "duplicate", "conflict"]
    path: str
    reason: str


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
        if self.stored is None:
            raise ValueError("only a change that creates is about no row")
        return self.stored


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
    """All that a run would write, sorted by name, and all that people should know."""

    booths: tuple[BoothChange, ...]
    menus: tuple[MenuChange, ...]
    problems: tuple[Problem, ...]
    counts: Counts

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return not self.booths and not self.menus
