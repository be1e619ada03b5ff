"""Compares the policies that are wanted with those that are there: difference, plan, guards, and applying it.

- `diff`: two sets of policies as a `Difference`.
- `plan`: what to send of it, as a `Plan`; raises `cfnet.errors.Refused` where it would remove too much, and `refusal`
  says why. `copy` plans to give an app the policies of another.
- `Plan.batches`: its requests (`Batch`, each an `Action`), of at most `BATCH` policies, or between at most `BATCH_APPS`
  apps.
- `exceeded`: the apps whose quota a plan would exceed (`Exceeded`).
- `PlanFile`, `is_plan_file`, `read_plan_file`: a plan that is kept until it is applied, with what it was made for.
- `apply`: sends a plan to a `PolicyStore`, tells of each `Progress`, and ends in an `Outcome`. It alone does anything:
  by what the store does.
"""

from cfnet.change.applying import Outcome, Progress, apply
from cfnet.change.copying import copy
from cfnet.change.difference import Difference, diff
from cfnet.change.plan import BATCH, BATCH_APPS, Action, Batch, Plan, plan, refusal
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
    "refusal",
]
