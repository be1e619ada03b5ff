"""Compare wanted with existing policies, plan the changes and apply them.

- `diff`: compares two sets of policies and returns a `Difference`.
- `plan`: turns a `Difference` into a `Plan`; raises `cfnet.errors.Refused` if it would remove too much (`refusal`
  returns the reason). `copy` plans to give an app the policies of another.
- `Plan.batches`: splits a plan into requests (`Batch`, with an `Action`) of at most `BATCH` policies, or with at most
  `BATCH_APPS` apps.
- `exceeded`: the apps whose policy quota a plan would exceed (`Exceeded`).
- `PlanFile`, `is_plan_file`, `read_plan_file`: a plan saved for later, with the state it was made for.
- `apply`: sends a plan to a `PolicyStore`, reports `Progress` and returns an `Outcome`. The store's requests are the
  only side effects in this package.
"""

from cfnet.change.applying import Outcome, Progress, apply
from cfnet.change.copying import copy
from cfnet.change.difference import Difference, diff
from cfnet.change.plan_file import PlanFile, is_plan_file, read_plan_file
from cfnet.change.planning import BATCH, BATCH_APPS, Action, Batch, Plan, plan, refusal
from cfnet.change.policy_store import PolicyStore
from cfnet.change.quota import Exceeded, exceeded

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
