"""Evaluate planned rules for calls between two containers: the ports of each protocol that are accepted.

Packets are sent through cells that have no other containers than these two: rules about others do not match them. Pairs
that rules cannot distinguish are decided once, also if they differ in the numbers of the ports that policies allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from cfnet.cell.iptables.header import Port
from cfnet.cell.iptables.match import Mark
from cfnet.cell.model.state import Cell
from cfnet.cell.packet.data_path import End, Hop, follow
from cfnet.cell.packet.verdict import Evaluator
from cfnet.cell.planning.chain_text import PREVIEW
from cfnet.cell.planning.planned_cell import CellPlanner
from cfnet.policy import Ports, Protocol
from cfnet.policy.ports import HIGHEST
from cfnet.policy.requirement import RequirementKind, common_ports, merge_ports, ports_without

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.cell.iptables.listing import Ruleset
    from cfnet.cell.model.container import Container
    from cfnet.cell.model.state import State
    from cfnet.policy.requirement import Requirement

_HERE, _THERE = "here", "there"

AllowedPorts: TypeAlias = tuple[tuple[Protocol, Ports], ...]
"""What policies allow from sources with one mark to an app, sorted."""
PairClass: TypeAlias = tuple[object, ...]
"""What else rules can tell of a pair of containers."""


class DecidedPorts(NamedTuple):
    """The ports of each protocol that are accepted, and those for which a rule cannot be judged."""

    accepted: Mapping[Protocol, tuple[Ports, ...]]
    unsure: Mapping[Protocol, tuple[Ports, ...]]

    def against(self, required: Requirement) -> tuple[Protocol, tuple[Ports, ...]] | None:
        """Return the ports that are decided otherwise than required, of the first such protocol."""
        for protocol in required.protocols:
            accepted = self.accepted[protocol]
            if required.kind is RequirementKind.DENIED:
                wrong = common_ports(required.ports, accepted)
            else:
                wrong = ports_without(ports_without(required.ports, accepted), self.unsure[protocol])
            if wrong:
                return protocol, wrong
        return None

    def doubts(self, required: Requirement) -> bool:
        """Whether some of the required ports cannot be judged."""
        return any(common_ports(required.ports, self.unsure[protocol]) for protocol in required.protocols)


class PairDecisions(NamedTuple):
    """What is decided if both containers are on one cell, and if they are on two."""

    beside: DecidedPorts
    apart: DecidedPorts


class _Interval(NamedTuple):
    """The protocols that are accepted on a range of ports, and those that cannot be judged."""

    accepted: frozenset[Protocol]
    unsure: frozenset[Protocol]


_Intervals: TypeAlias = tuple[tuple[_Interval, ...], tuple[_Interval, ...]]
"""For ranges of ports in order: on one cell, and between two."""

_EVERYTHING: Final = (Ports(0, HIGHEST),)


class CallDecisions:
    """Decides calls between containers of a foundation."""

    def __init__(self, state: State) -> None:
        """Prepare to plan cells of `state`.

        Raises:
            InputFault: the security groups cannot be read, or a required tag is unknown.
        """
        self._planner = CellPlanner(state)
        self._vtep = state.settings.vtep_name
        self._marks = {policy.source: state.tags.mark(policy.source) for policy in state.policies}
        self._cells: dict[tuple[Container, ...], tuple[Ruleset, Evaluator]] = {}
        self._by_pattern: dict[tuple[object, ...], _Intervals | None] = {}

    def mark(self, app: str) -> int:
        """Return the mark of packets from `app`; 0 if they have none."""
        return self._marks.get(app, 0)

    def check(self, cell: Cell) -> None:
        """Check that the agent of a cell would not fail.

        Raises:
            InputFault: it would.
        """
        self._planner.check(cell)

    def decide(
        self, source: Container, destination: Container, alike: PairClass, allowed: AllowedPorts
    ) -> PairDecisions:
        """Decide all calls between two containers.

        Args:
            source: the container that calls.
            destination: the container that is called.
            alike: what rules can tell of the pair, besides ports.
            allowed: what policies allow from sources with the mark of `source` to the app of `destination`.

        Raises:
            InputFault: the agent would fail at one of them.
        """
        ranges = _cut(ports for _, ports in allowed)
        key = (alike, _pattern(allowed, ranges))
        if key not in self._by_pattern:
            # Other rules may look at ports, too: then their numbers matter, and no other pair is known to be alike.
            plain = self._ranges(source, destination) == ranges
            self._by_pattern[key] = self._intervals(source, destination, ranges) if plain else None
        found = self._by_pattern[key]
        if found is None:
            ranges = self._ranges(source, destination)
            found = self._intervals(source, destination, ranges)
        return PairDecisions(*(_decided(each, ranges) for each in found))

    def follow(
        self, source: Container, destination: Container, protocol: Protocol, port: int, *, same_cell: bool
    ) -> Sequence[Hop]:
        """Send a packet on its way on one cell, or between two."""
        if same_cell:
            _, both = self._cell(source, destination)
            ends = End(_HERE, source, both), End(_HERE, destination, both)
        else:
            ends = End(_HERE, source, self._cell(source)[1]), End(_THERE, destination, self._cell(destination)[1])
        return follow(*ends, protocol.value, port, vtep=self._vtep)

    def _intervals(self, source: Container, destination: Container, ranges: Sequence[Ports]) -> _Intervals:
        beside, apart = (
            tuple(self._interval(source, destination, ports, same_cell=same_cell) for ports in ranges)
            for same_cell in (True, False)
        )
        return beside, apart

    def _interval(self, source: Container, destination: Container, ports: Ports, *, same_cell: bool) -> _Interval:
        """Send packets to both ends of a range."""
        accepted, unsure = set(), set()
        for protocol in Protocol:
            ways = [self.follow(source, destination, protocol, port, same_cell=same_cell) for port in {*ports}]
            if not all(hop.verdict.sure for way in ways for hop in way):
                unsure.add(protocol)
            elif all(way[-1].verdict.accepted for way in ways):
                accepted.add(protocol)
        return _Interval(frozenset(accepted), frozenset(unsure))

    def _ranges(self, source: Container, destination: Container) -> list[Ports]:
        """The ranges of ports that the rules for packets between two containers distinguish."""
        mark = self.mark(source.app)
        found = set()
        for rule in self._cell(source, destination)[0].rules:
            if all(each.negated or each.mark == mark & each.mask for each in rule.conditions_of(Mark)):
                found |= {Ports(each.first, each.last) for each in rule.conditions_of(Port)}
        return _cut(found)

    def _cell(self, *containers: Container) -> tuple[Ruleset, Evaluator]:
        """The rules of a cell with these containers."""
        if containers not in self._cells:
            rules = self._planner.plan(Cell(_HERE, containers, _HERE)).ruleset(PREVIEW)
            self._cells[containers] = rules, Evaluator(rules)
        return self._cells[containers]


def _cut(ports: Iterable[Ports]) -> list[Ports]:
    """Cut all ports where one of `ports` begins or ends."""
    starts = sorted({0, *(start for each in ports for start in (each.start, each.end + 1) if start <= HIGHEST)})
    return [Ports(start, after - 1) for start, after in zip(starts, [*starts[1:], HIGHEST + 1], strict=True)]


def _pattern(allowed: AllowedPorts, ranges: Sequence[Ports]) -> tuple[object, ...]:
    """What `allowed` is if only the order of the ports matters, and whether a range is a single port."""
    first = {ports.start: place for place, ports in enumerate(ranges)}
    last = {ports.end: place for place, ports in enumerate(ranges)}
    return tuple(
        (protocol, first[ports.start], last[ports.end], ports.start == ports.end) for protocol, ports in allowed
    )


def _decided(intervals: Sequence[_Interval], ranges: Sequence[Ports]) -> DecidedPorts:
    pairs = list(zip(intervals, ranges, strict=True))
    accepted = {
        each: merge_ports([ports for interval, ports in pairs if each in interval.accepted]) for each in Protocol
    }
    unsure = {each: merge_ports([ports for interval, ports in pairs if each in interval.unsure]) for each in Protocol}
    return DecidedPorts(accepted, unsure)
