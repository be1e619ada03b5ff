"""Plan the chains of cells, or only the rules of some apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from cfnet.cell.model.tags import ingress_tag
from cfnet.cell.planning.asg_chain import ip6tables_note, not_usable
from cfnet.cell.planning.chain_text import start_of
from cfnet.cell.planning.container_chains import ContainerChainsPlanner
from cfnet.cell.planning.policy_chain import Planner
from cfnet.operations.choose_app import choose_app, unknown_cell
from cfnet.policy import ends
from cfnet.show.rules import CellLines, CellRules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cfnet.cell.model.state import Cell, State
    from cfnet.cell.planning.container_chain import ContainerChain
    from cfnet.cell.planning.policy_chain import PlannedRule


Planned = TypeVar("Planned")

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


class CellSelection(NamedTuple):
    """Which rules to render.

    Attributes:
        cells: the names of the cells.
        apps: the GUIDs of the apps whose rules to render, without cells that have none; None means all rules.
        own: the planner of the per-container chains; None to omit them.
    """

    cells: Sequence[str]
    apps: frozenset[str] | None
    own: ContainerChainsPlanner | None


def rules_of_cells(state: State, chosen: CellSelection) -> Callable[[Cell], CellRules | None]:
    """Return a function that plans the chosen rules of a cell as values."""
    planner = _planner_for(state, chosen)

    def plan(cell: Cell) -> CellRules | None:
        rules = planner(cell).plan(cell)
        chains = chosen.own.plan(cell) if chosen.own else None
        if chosen.apps is None:
            return CellRules(cell.name, rules, range(1, len(rules) + 1), chains)
        return _about(chosen.apps, cell, rules, chains)

    return plan


def lines_of_cells(
    state: State, chosen: CellSelection, chain: str, *, shared: bool = False
) -> Callable[[Cell], CellLines | None]:
    """Return a function that plans them as text, with `chain` as the name of the policy chain.

    It is faster, unless rules are chosen by app. If it is `shared` by processes, what several of them would have to
    make is made at once.

    Raises:
        InputFault: the first cell cannot be read (only if shared).
    """
    if chosen.apps is not None:
        plan = rules_of_cells(state, chosen)
        return lambda cell: found.lines(chain) if (found := plan(cell)) else None
    planner, start, own = _planner_for(state, chosen), start_of(chain), chosen.own
    if shared:
        first = state.read_cell(chosen.cells[0])
        if len(first.containers) * len(chosen.cells) > 2 * len(planner(first).destinations):
            planner(first).prepare()  # most apps have containers on several cells
    return lambda cell: CellLines(cell.name, planner(cell).lines(cell, start), own.plan(cell) if own else None)


def _planner_for(state: State, chosen: CellSelection) -> Callable[[Cell], Planner]:
    """Return a function that returns the planner for a cell: for a single one, its own, with its policies only.

    Raises:
        InputFault: overlay ingress is enabled, but its tag is unknown.
    """
    if len(chosen.cells) == 1:
        ingress_tag(state.tags, state.settings)  # so that the error comes first, as for several cells
        return lambda cell: Planner.for_apps(state, {container.app for container in cell.containers})
    planner = Planner.of(state)
    return lambda _cell: planner


def formatted(plan: Callable[[Cell], Planned | None], form: Callable[[Planned], bytes]) -> Callable[[Cell], bytes]:
    """Return a function that formats what `plan` returns for a cell, if anything."""

    def text(cell: Cell) -> bytes:
        planned = plan(cell)
        return b"" if planned is None else form(planned)

    return text


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
