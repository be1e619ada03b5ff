"""Everything that the filter table of a cell should hold: its policy chain, and its containers' own chains."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.chain_text import whole_listing, whole_save
from cfnet.cell.iptables import Ruleset, parse
from cfnet.cell.own_chain import ChainKind
from cfnet.cell.own_chains import OwnChainsPlanner
from cfnet.cell.policy_chain import PlannedRule, Planner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.cell.own_chain import OwnChain
    from cfnet.cell.state import Cell, State


class PlannedCell(NamedTuple):
    """What a cell should hold.

    Attributes:
        policy: the rules of its policy chain, in order.
        own: its containers' own chains.
    """

    policy: Sequence[PlannedRule]
    own: Sequence[OwnChain]

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
    def netout(self) -> list[OwnChain]:
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
        self._own = OwnChainsPlanner(state.read_security_groups() or [], state.settings)

    def plan(self, cell: Cell) -> PlannedCell:
        """What `cell` should hold.

        Raises:
            InputFault: the agent or the CNI wrapper would fail at it.
        """
        return PlannedCell(self._policies.plan(cell), self._own.plan(cell))
