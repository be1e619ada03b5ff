"""Graphs of a foundation's policies, with a planned change and with the rules of its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.operations.select_graph import Part, drawn
from cfnet.policy import by_guid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import InventorySource
    from cfnet.operations.preview import Wanted
    from cfnet.policy import App
    from cfnet.show.graph.graph import Graph
    from cfnet.show.graph.page_data import GraphRules


def graph_with_rules(
    part: Part, wanted: Wanted | None, origin: InventorySource, environment: Environment
) -> tuple[Graph, GraphRules, Sequence[str]]:
    """The graph, the rules of its policies on the cells, and notes about them."""
    from cfnet.operations.graph_rules import graph_rules
    from cfnet.operations.inventory import open_state
    from cfnet.operations.preview import open_preview

    if wanted is None:
        with open_state(environment, origin) as state:
            graph = drawn(state.policies, None, state.read_apps(), part, state.target)
            behind, more = graph_rules(graph, state, state)
            notes = [*state.notes, *more]
    else:
        with open_preview(wanted, origin, environment) as seen:
            before = seen.before
            graph = drawn(before.policies, seen.shown, before.read_apps(), part, before.target)
            behind, more = graph_rules(graph, seen.before, seen.after)
            notes = [*seen.before.notes, *more]
    return graph, behind, notes


class SelectedGraph(NamedTuple):
    """A graph, notes about it, and whether all policies are visible to the user."""

    graph: Graph
    notes: Sequence[str]
    complete: bool


def graph_of_policies(
    part: Part, wanted: Wanted | None, origin: InventorySource, environment: Environment
) -> SelectedGraph:
    """Return the graph, without any request to cells."""
    from cfnet.operations.compare import compare
    from cfnet.operations.inventory import elsewhere, open_inventory
    from cfnet.show.difference import Shown

    with open_inventory(environment, origin) as inventory:
        policies = inventory.policies()
        shown = None
        known: dict[str, App] = {}
        notes = list(inventory.notes)
        if wanted is not None:
            compared = compare(wanted.documents, wanted.loaded, inventory, environment)
            shown = Shown(compared.difference, wanted.prune, compared.apps, compared.places)
            known |= compared.apps
            notes += compared.notes
        known |= inventory.every_app() if part.apps else by_guid(elsewhere(inventory, policies, known))
        return SelectedGraph(drawn(policies, shown, known, part, inventory.target), notes, inventory.complete)
