"""The pure difference between what is stored and what the feed wants, refused where unsafe."""

from booth.errors import Problem as Problem
from booth.sync.plan.diff import AUTOMATIC_DESCRIPTION as AUTOMATIC_DESCRIPTION
from booth.sync.plan.diff import make_plan as make_plan
from booth.sync.plan.types import MAX_PROBLEMS as MAX_PROBLEMS
from booth.sync.plan.types import RESULTS as RESULTS
from booth.sync.plan.types import BoothChange as BoothChange
from booth.sync.plan.types import Change as Change
from booth.sync.plan.types import Counts as Counts
from booth.sync.plan.types import EntityCounts as EntityCounts
from booth.sync.plan.types import Kind as Kind
from booth.sync.plan.types import MenuChange as MenuChange
from booth.sync.plan.types import Plan as Plan
from booth.sync.plan.types import StoredBooth as StoredBooth
from booth.sync.plan.types import StoredMenu as StoredMenu
from booth.sync.plan.types import StoredState as StoredState
from booth.sync.plan.wanted import Wanted as Wanted
from booth.sync.plan.wanted import settle as settle
