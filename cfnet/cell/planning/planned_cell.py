"""Plan the complete filter table of a cell: the policy chain and the per-container chains."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.iptables.listing import FILTER, Chain, Ruleset, Table
from cfnet.cell.iptables.rule_list import RuleList
from cfnet.cell.packet.rule_reach import CellNetwork
from cfnet.cell.planning.chain_text import built_in_chains, lines_of, listing, save
from cfnet.cell.planning.container_chain import ChainKind
from cfnet.cell.planning.container_chains import ContainerChainsPlanner
from cfnet.cell.planning.policy_chain import PlannedRule, Planner

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from cfnet.cell.model.agent_settings import AgentSettings
    from cfnet.cell.model.state import Cell, State
    from cfnet.cell.planning.container_chain import ContainerChain
    from cfnet.policy import Policy

_ACCEPT: Final = "ACCEPT"


class PlannedCell(NamedTuple):
    """The planned rules of a cell.

    Attributes:
        policy: the rules of the policy chain, in order.
        own: the per-container chains.
        settings: the agent's settings.
        policies_of: returns the policies of the source app with this mark, on all cells.
    """

    policy: Sequence[PlannedRule]
    own: Sequence[ContainerChain]
    settings: AgentSettings
    policies_of: Callable[[int], Sequence[Policy]]

    def listing(self, chain: str) -> str:
        """Format the rules like `iptables -S`, with `chain` as the name of the policy chain."""
        return listing(chain, self.own).around(lines_of(self._texts, chain))

    def save(self, chain: str) -> str:
        """Format the rules for `iptables-restore`."""
        return save(chain, self.own).around(lines_of(self._texts, chain))

    def ruleset(self, chain: str) -> Ruleset:
        """Return the rules in parsed form, each parsed on first access: what `listing` gives if it is parsed."""
        texts = {chain: self._texts, **{own.name: own.rules for own in self.own}}
        built_in = built_in_chains(chain, self.own)
        empty = {name: Chain(name, _ACCEPT) for name in built_in} | {name: Chain(name, None) for name in sorted(texts)}
        rules = {**built_in, **texts}
        chains = {name: replace(each, rules=RuleList(name, [*rules[name]], empty)) for name, each in empty.items()}
        return Ruleset({FILTER: Table(FILTER, chains, frozenset(chains))})

    @property
    def network(self) -> CellNetwork:
        """The cell's addresses and interfaces."""
        ips = {own.container.ip for own in self.own}
        settings = self.settings
        return CellNetwork.of(ips, settings.overlay_networks, settings.vtep_name, settings.underlay_interface_names)

    def jumps(self, parent: str) -> list[str]:
        """Return the rules of `parent`, INPUT or FORWARD, that jump to per-container chains."""
        return [jump.text for own in self.own for jump in own.jumps if jump.parent == parent]

    @property
    def netout(self) -> list[ContainerChain]:
        """The netout chains of the containers."""
        return [chain for chain in self.own if chain.kind is ChainKind.NETOUT]

    @property
    def texts(self) -> Iterator[str]:
        """The rules of all chains, without `-A` and the chain's name."""
        yield from self._texts
        for own in self.own:
            yield from own.rules
            yield from (jump.text for jump in own.jumps)

    @property
    def _texts(self) -> list[str]:
        return [rule.text for rule in self.policy]


class CellPlanner:
    """Plans cells; common data is computed once."""

    def __init__(self, state: State, apps: Collection[str] | None = None) -> None:
        """Use the state of a foundation. If its security groups are unknown, assume there are none.

        `apps` (GUIDs) is only given for cells without other apps.

        Raises:
            InputFault: the security groups cannot be read, or a required tag is unknown.
        """
        self._policies = Planner.of(state) if apps is None else Planner.for_apps(state, apps)
        self._own = ContainerChainsPlanner(state.read_security_groups() or [], state.settings)
        self._state = state

    def plan(self, cell: Cell) -> PlannedCell:
        """Plan the rules of `cell`.

        Raises:
            InputFault: the agent or the CNI wrapper would fail on its data.
        """
        return PlannedCell(self._policies.plan(cell), self._own.plan(cell), self._state.settings, self._policies_of)

    def check(self, cell: Cell) -> None:
        """Check that `cell` can be planned, which is faster than planning it.

        Raises:
            InputFault: the agent would fail on its data.
        """
        self._policies.check(cell)

    def _policies_of(self, mark: int) -> Sequence[Policy]:
        return self._by_mark.get(mark, ())

    @cached_property
    def _by_mark(self) -> Mapping[int, Sequence[Policy]]:
        found: dict[int, list[Policy]] = {}
        for policy in self._state.policies:
            found.setdefault(self._state.tags.mark(policy.source), []).append(policy)
        return found
