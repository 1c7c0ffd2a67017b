"""The pure difference between what is stored and what the feed wants, refused where unsafe."""

from booth.sync.plan.diff import make_plan
from booth.sync.plan.types import (
    AUTOMATIC_DESCRIPTION,
    RESULTS,
    BoothChange,
    Counts,
    EntityCounts,
    Kind,
    MenuChange,
    Plan,
    Problem,
    StoredBooth,
    StoredMenu,
    StoredState,
)

__all__ = [
    "AUTOMATIC_DESCRIPTION",
    "RESULTS",
    "BoothChange",
    "Counts",
    "EntityCounts",
    "Kind",
    "MenuChange",
    "Plan",
    "Problem",
    "StoredBooth",
    "StoredMenu",
    "StoredState",
    "make_plan",
]
