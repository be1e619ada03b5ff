"""Trace a call between all instances of two apps along the data path.

The stages are those of the walkthrough: out of the container, the mark, to the VXLAN interface, encapsulation, across
the network, decapsulation, the decision, into the container. Within one cell, the packet passes no VXLAN interface.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.packet.data_path import CARRIED, End, Hop, follow, interface_of
from cfnet.cell.packet.verdict import Evaluator, RuleEffect
from cfnet.cell.planning.chain_text import PREVIEW
from cfnet.cell.planning.planned_cell import CellPlanner

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cfnet.cell.model.instances import Running
    from cfnet.cell.model.state import Cell, State
    from cfnet.cell.packet.verdict import Step, Verdict
    from cfnet.cell.planning.planned_cell import PlannedCell
    from cfnet.cell.planning.policy_chain import PlannedRule

_PASSED_ON: Final = frozenset(
    {RuleEffect.MARKED, RuleEffect.JUMPED, RuleEffect.WENT, RuleEffect.RETURNED, RuleEffect.COUNTED}
)
"""Effects of rules that are described as separate steps or do not decide anything."""


class Call(NamedTuple):
    """A packet that opens a connection to a port."""

    protocol: str
    port: int


class Stage(NamedTuple):
    """A stage of a packet's path.

    Attributes:
        cell: the cell where it happens.
        text: what happens, as a sentence.
        step: the rule that does it and its position; None if no rule is involved.
        planned: the planned rule, if it is in the policy chain.
    """

    cell: str
    text: str
    step: Step | None = None
    planned: PlannedRule | None = None


class PacketPath(NamedTuple):
    """The path of a packet between two containers."""

    source: Running
    destination: Running
    hops: Sequence[Hop]
    stages: Sequence[Stage]

    @property
    def verdict(self) -> Verdict:
        """The final verdict."""
        return self.hops[-1].verdict

    @property
    def allowed(self) -> bool:
        """Whether the packet arrives."""
        return self.verdict.accepted

    @property
    def shape(self) -> tuple[object, ...]:
        """A key that is equal for paths that differ only in addresses, cells and rule numbers."""
        stages = tuple(each.step and (_family(each.step.chain), each.step.effect) for each in self.stages)
        return (len(self.hops), self.verdict.effect, stages)


def packet_paths(
    state: State, sources: Sequence[Running], destinations: Sequence[Running], call: Call
) -> Iterator[PacketPath]:
    """Yield the path of `call` from each of `sources` to each of `destinations`, except from a container to itself.

    Packets are evaluated against all rules that the cells should have, as the kernel would.

    Raises:
        InputFault: a cell cannot be read, or the agent would fail on its data.
    """
    names = {each.cell for each in (*sources, *destinations)}
    cells = _Cells(state, {cell.name: cell for cell in state.cells([n for n in state.cell_names if n in names])})
    for source in sources:
        for destination in destinations:
            if source.container.ip != destination.container.ip:
                yield cells.way(source, destination, call)


class _Cells:
    """The rules of the cells, planned when first needed."""

    def __init__(self, state: State, cells: Mapping[str, Cell]) -> None:
        self._settings = state.settings
        self._cells = cells
        self._planner = CellPlanner(state, {each.app for cell in cells.values() for each in cell.containers})
        self._planned: dict[str, PlannedCell] = {}
        self._evaluators: dict[str, Evaluator] = {}

    def way(self, source: Running, destination: Running, call: Call) -> PacketPath:
        vtep = self._settings.vtep_name
        hops = follow(self._end(source), self._end(destination), call.protocol, call.port, vtep=vtep)
        return PacketPath(source, destination, hops, tuple(self._stages(source, destination, hops)))

    def _end(self, of: Running) -> End:
        if of.cell not in self._planned:
            self._planned[of.cell] = self._planner.plan(self._cells[of.cell])
            self._evaluators[of.cell] = Evaluator(self._planned[of.cell].ruleset(PREVIEW))
        return End(of.cell, of.container, self._evaluators[of.cell])

    def _stages(self, source: Running, destination: Running, hops: Sequence[Hop]) -> Iterator[Stage]:
        here, there = source.cell, destination.cell
        first, last = hops[0].verdict, hops[-1].verdict
        yield Stage(here, f"It leaves the container through {interface_of(source.container.ip)}.")
        yield from self._marking(here, first)
        if here != there:
            yield from self._rules(here, first, f"on to {self._settings.vtep_name}")
            if not first.accepted:
                return
            mark = first.mark & CARRIED
            told = f"and the header carries mark {mark:#x}" if mark else "and the header carries no mark"
            yield Stage(here, f"It is encapsulated in a VXLAN packet to {there}, {told}.")
            yield Stage(here, "The VXLAN packet crosses the network between the cells.")
            yield Stage(there, f"It is decapsulated, {f'with mark {mark:#x}' if mark else 'without a mark'}.")
        yield from self._rules(there, last, f"on to {interface_of(destination.container.ip)}")
        if last.accepted:
            yield Stage(there, "It is delivered to the container.")

    def _marking(self, cell: str, verdict: Verdict) -> Iterator[Stage]:
        marked = [step for step in verdict.steps if step.effect is RuleEffect.MARKED]
        for step in marked:
            yield self._stage(cell, f"It is marked {step.mark:#x}", step)
        if not marked:
            yield Stage(cell, "It gets no mark: its app is not the source of any policy.")

    def _rules(self, cell: str, verdict: Verdict, onward: str) -> Iterator[Stage]:
        for step in verdict.steps:
            if step.effect not in _PASSED_ON:
                yield self._stage(cell, f"It is {step.effect.value}", step)
        if verdict.decided_by is None:
            yield Stage(cell, f"No rule decides, so the policy of FORWARD applies: {verdict.effect}, {onward}.")

    def _stage(self, cell: str, what: str, step: Step) -> Stage:
        planned = self._planned[cell].policy[step.number - 1] if step.chain == PREVIEW else None
        return Stage(cell, f"{what} by rule {step.number} of {step.chain}:", step, planned)


def _family(chain: str) -> str:
    """Return a chain's name without the part from its container."""
    return chain.partition("-")[0]
