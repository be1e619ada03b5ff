"""The rules that Diego cells enforce: planned from containers and tags, parsed, compared and explained. Pure.

The names of this package are stable (see the documentation of the library); each is loaded when it is first used, so
that a program loads only what it needs:

- `State`: everything that rules depend on: policies, `Tags` (`allot` assigns them like a new policy server),
  `AgentSettings`, and each `Cell` with its `Container`s.
- `CellPlanner`: plans the rules of a cell. A `PlannedCell` has them as values, as text and parsed.
- `parse`: reads the output of `iptables -S` or `iptables-save` into a `Ruleset`; raises `NotIptables`.
- `explain_rule`: describes a `Rule` in a sentence, with the `Names` of apps if they are known. `explain_lines` does so
  for whole listings and for log lines: an `ExplainedLine` each.
- `Evaluator`: follows a `Packet` through the chains of a `Ruleset`; the `Verdict` lists the rules that matched.
- `cell_drift`: compares actual rules with the planned ones, and returns a `Drift` for each difference.

The modules below may change at any time. In the order of the data:

- `model`: the data that rules depend on; `model.placement.combine` finds the cell of each container,
  `model.names.Names` maps GUIDs, addresses and marks to names.
- `planning`: the chains that a cell should have. `planning.policy_chain.Planner` plans the policy chain, in the agent's
  order, `planning.container_chains.ContainerChainsPlanner` the chains of each container;
  `planning.capacity.measure` counts.
- `iptables`: rules as text. `iptables.listing.save` prints parsed rules again.
- `packet`: the verdict on packets. `packet.data_path.follow` follows one from one container to another,
  `packet.forward_walk.ForwardWalk` exact sets of packets (`packet.packet_set.Box`).
- `explain`: `explain.log_line.read_log_line` reads a log line.
- `drift`: `drift.chain_drift.chain_drift` compares chains; `drift.policy_effect.PolicyEffects` finds the calls that
  foreign rules let through or block.
- `change`: `change.rule_changes.rule_changes`, `change.tag_changes.change_tags`, `change.what_if.with_policies`: what
  happens to tags and rules when policies or apps change.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfnet.cell.drift.cell_drift import cell_drift
    from cfnet.cell.drift.chain_drift import Drift
    from cfnet.cell.explain.explained_lines import ExplainedLine, explain_lines
    from cfnet.cell.explain.rule_sentence import explain_rule
    from cfnet.cell.iptables.listing import Ruleset, parse
    from cfnet.cell.iptables.rule import Rule
    from cfnet.cell.iptables.tokens import NotIptables
    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.container import Container
    from cfnet.cell.model.names import Names
    from cfnet.cell.model.packet import Packet
    from cfnet.cell.model.state import Cell, State
    from cfnet.cell.model.tags import Tags, allot
    from cfnet.cell.packet.verdict import Evaluator, Verdict
    from cfnet.cell.planning.planned_cell import CellPlanner, PlannedCell

_HOME = {
    "drift.cell_drift": ("cell_drift",),
    "drift.chain_drift": ("Drift",),
    "explain.explained_lines": ("ExplainedLine", "explain_lines"),
    "explain.rule_sentence": ("explain_rule",),
    "iptables.listing": ("Ruleset", "parse"),
    "iptables.rule": ("Rule",),
    "iptables.tokens": ("NotIptables",),
    "model.agent_settings": ("AgentSettings",),
    "model.container": ("Container",),
    "model.names": ("Names",),
    "model.packet": ("Packet",),
    "model.state": ("Cell", "State"),
    "model.tags": ("Tags", "allot"),
    "packet.verdict": ("Evaluator", "Verdict"),
    "planning.planned_cell": ("CellPlanner", "PlannedCell"),
}

__all__ = [
    "AgentSettings",
    "Cell",
    "CellPlanner",
    "Container",
    "Drift",
    "Evaluator",
    "ExplainedLine",
    "Names",
    "NotIptables",
    "Packet",
    "PlannedCell",
    "Rule",
    "Ruleset",
    "State",
    "Tags",
    "Verdict",
    "allot",
    "cell_drift",
    "explain_lines",
    "explain_rule",
    "parse",
]


def __getattr__(name: str) -> object:
    """Load a public name from its module."""
    for module, names in _HOME.items():
        if name in names:
            value: object = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
