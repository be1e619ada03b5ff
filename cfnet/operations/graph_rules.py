"""Finds the iptables rules that enforce the policies of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cell.planning.policy_chain import Planner, RuleKind
from cfnet.policy import ends
from cfnet.show.graph.graph import Change
from cfnet.show.graph.page_data import GraphRules, RuleAt

if TYPE_CHECKING:
    from cfnet.cell.model.state import State
    from cfnet.policy import Policy
    from cfnet.show.graph.graph import Graph

MOST_RULES: Final = 50_000
"""The most rules on a page: browsers are slow to open larger files."""

TOO_MANY: Final = f"Only the first {MOST_RULES:,} rules are shown. Use --app to show part of the graph."


def graph_rules(graph: Graph, before: State, after: State) -> tuple[GraphRules, list[str]]:
    """Return the rules that enforce `graph`, and notes; rules of removed policies are taken from `before`.

    Raises:
        InputFault: a cell cannot be read, or its agent would fail.
    """
    removed = {arrow.policy for arrow in graph.arrows if arrow.change is Change.REMOVED}
    others = {arrow.policy for arrow in graph.arrows} - removed
    behind = GraphRules({}, {})
    room = _collect(after, graph, others, behind, MOST_RULES)
    if removed:
        room = _collect(before, graph, removed, behind, room)
    return behind, [] if room > 0 else [TOO_MANY]


def _collect(state: State, graph: Graph, policies: set[Policy], behind: GraphRules, room: int) -> int:
    """Add the rules of `policies`, and missing mark rules; return how many more rules may be added."""
    planner = Planner.of(state)
    apps = set(ends(policies)) & set(graph.nodes)
    marked = set(behind.marks)
    for cell in state.cells():
        if apps.isdisjoint(container.app for container in cell.containers):
            continue
        for rule in planner.plan(cell):
            at = RuleAt(cell.name, rule.text)
            if rule.policy in policies:
                behind.policies.setdefault(rule.policy, []).append(at)
            elif rule.kind is RuleKind.MARK and rule.container and rule.container.app in apps - marked:
                behind.marks.setdefault(rule.container.app, []).append(at)
            else:
                continue
            room -= 1
            if room <= 0:
                return 0
    return room
