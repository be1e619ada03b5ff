"""Compares the policies that are wanted with those that are there: difference, plan, guards, and applying it."""

from cfnet.change.applying import Outcome, Progress, apply
from cfnet.change.copying import copy
from cfnet.change.difference import Difference, diff
from cfnet.change.plan import BATCH, BATCH_APPS, Action, Batch, Plan, plan
from cfnet.change.plan_file import PlanFile, is_plan_file, read_plan_file
from cfnet.change.quota import Exceeded, exceeded
from cfnet.change.store import PolicyStore

__all__ = [
    "BATCH",
    "BATCH_APPS",
    "Action",
    "Batch",
    "Difference",
    "Exceeded",
    "Outcome",
    "Plan",
    "PlanFile",
    "PolicyStore",
    "Progress",
    "apply",
    "copy",
    "diff",
    "exceeded",
    "is_plan_file",
    "plan",
    "read_plan_file",
]
