"""Everything that the filter table of a cell should hold: its policy chain, and its containers' own chains."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.iptables.listing import Ruleset, parse
from cfnet.cell.packet.rule_reach import CellNetwork
from cfnet.cell.planning.chain_text import whole_listing, whole_save
from cfnet.cell.planning.container_chain import ChainKind
from cfnet.cell.planning.container_chains import ContainerChainsPlanner
from cfnet.cell.planning.policy_chain import PlannedRule, Planner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.state import Cell, State
    from cfnet.cell.planning.container_chain import ContainerChain
    from cfnet.policy import Policy


class PlannedCell(NamedTuple):
    """What a cell should hold.

    Attributes:
        policy: the rules of its policy chain, in order.
        own: its containers' own chains.
        settings: the agent's.
        policies_of: the policies whose source's packets carry a mark, on any cell.
    """

    policy: Sequence[PlannedRule]
    own: Sequence[ContainerChain]
    settings: AgentSettings
    policies_of: Callable[[int], Sequence[Policy]]

    def listing(self, chain: str) -> str:
        """What `iptables -S` prints on the cell, where its policy chain is called `chain`."""
        return whole_listing(self._texts, chain, self.own)

    def save(self, chain: str) -> str:
        """What `iptables-restore` loads there."""
        return whole_save(self._texts, chain, self.own)

    def ruleset(self, chain: str) -> Ruleset:
        """The same as values."""
        return parse(self.listing(chain))

    @property
    def network(self) -> CellNetwork:
        """The cell's addresses and interfaces."""
        ips = {own.container.ip for own in self.own}
        settings = self.settings
        return CellNetwork.of(ips, settings.overlay_networks, settings.vtep_name, settings.underlay_interface_names)

    @property
    def netout(self) -> list[ContainerChain]:
        """The chains of what the containers may send out through the cell's own interfaces."""
        return [chain for chain in self.own if chain.kind is ChainKind.NETOUT]

    @property
    def _texts(self) -> list[str]:
        return [rule.text for rule in self.policy]


class CellPlanner:
    """Plans one cell after the other; what all have in common is worked out once."""

    def __init__(self, state: State) -> None:
        """Prepare to plan the cells of a foundation. Without known security groups there are none.

        Raises:
            InputFault: the security groups cannot be read, or a tag is not known that is needed.
        """
        self._policies = Planner.of(state)
        self._own = ContainerChainsPlanner(state.read_security_groups() or [], state.settings)
        self._state = state

    def plan(self, cell: Cell) -> PlannedCell:
        """What `cell` should hold.

        Raises:
            InputFault: the agent or the CNI wrapper would fail at it.
        """
        return PlannedCell(self._policies.plan(cell), self._own.plan(cell), self._state.settings, self._policies_of)

    def _policies_of(self, mark: int) -> Sequence[Policy]:
        return self._by_mark.get(mark, ())

    @cached_property
    def _by_mark(self) -> Mapping[int, Sequence[Policy]]:
        found: dict[int, list[Policy]] = {}
        for policy in self._state.policies:
            found.setdefault(self._state.tags.mark(policy.source), []).append(policy)
        return found
