"""Plan the chains of cells, or only the rules of some apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cell.planning.asg_chain import ip6tables_note, not_usable
from cfnet.cell.planning.container_chains import ContainerChainsPlanner
from cfnet.cell.planning.policy_chain import Planner
from cfnet.operations.choose_app import choose_app, unknown_cell
from cfnet.policy import ends
from cfnet.show.rules import CellRules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.cell.model.state import Cell, State
    from cfnet.cell.planning.container_chain import ContainerChain
    from cfnet.cell.planning.policy_chain import PlannedRule


_NOT_SYNCED: Final = (
    "enable_asg_syncing is off: containers keep the security groups that they were started with. These are unknown,"
    " and the netout-- chains lack their rules."
)


def chosen_cells(wanted: Sequence[str], state: State) -> Sequence[str]:
    """Return the names of the `wanted` cells, each once; all cells if none are named.

    Raises:
        UnknownName: a cell does not exist.
    """
    if not wanted:
        return state.cell_names
    for name in wanted:
        if name not in state.cell_names:
            raise unknown_cell(name, state.cell_names)
    return list(dict.fromkeys(wanted))


def chosen_apps(wanted: Sequence[str], state: State) -> frozenset[str]:
    """Return the GUIDs of the `wanted` apps.

    Raises:
        UnknownName: an app does not exist.
        UsageFault: a name is ambiguous.
    """
    named = state.read_apps()
    guids = set(ends(state.policies))
    return frozenset(choose_app(text, named, guids, state.target) for text in wanted)


def container_chains(state: State) -> tuple[ContainerChainsPlanner, list[str]]:
    """Return the planner of per-container chains, and notes."""
    groups = state.read_security_groups()
    if not state.settings.enable_asg_syncing:
        return ContainerChainsPlanner(groups or [], state.settings), [_NOT_SYNCED]
    notes = [
        f"The agent fails on the security group {each}. Its containers get no asg- chain."
        for each in not_usable(groups or [], state.settings.silk)
    ]
    if groups is None:
        notes.append("security_groups.json is missing: the asg- chains allow no outgoing traffic.")
    notes += filter(None, [ip6tables_note(groups or [], state.settings)])
    return ContainerChainsPlanner(groups or [], state.settings), notes


def planned_cells(
    state: State, names: Sequence[str], only: frozenset[str] | None, own: ContainerChainsPlanner | None
) -> Iterator[CellRules]:
    """Return the rules to show for each cell; with `only`, those of these apps, without cells that have none."""
    planner = Planner.of(state)
    for cell in state.cells(names):
        rules = planner.plan(cell)
        chains = own.plan(cell) if own else None
        if only is None:
            yield CellRules(cell.name, rules, range(1, len(rules) + 1), chains)
        elif part := _about(only, cell, rules, chains):
            yield part


def _about(
    apps: frozenset[str], cell: Cell, rules: Sequence[PlannedRule], chains: Sequence[ContainerChain] | None
) -> CellRules | None:
    """Return the rules of a cell for `apps`; None if there are none, and the cell has none of their containers."""
    places = [at for at, rule in enumerate(rules, 1) if any(map(rule.concerns, apps))]
    if not places and apps.isdisjoint(container.app for container in cell.containers):
        return None
    if chains is not None:
        chains = [chain for chain in chains if chain.container.app in apps]
    return CellRules(cell.name, [rules[at - 1] for at in places], places, chains)
