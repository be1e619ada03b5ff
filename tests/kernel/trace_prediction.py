"""What `trace` predicts for a packet, in the terms of the data plane."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.model.packet import ConntrackState, Packet
from cfnet.cell.packet.data_path import End, Hop, follow, interface_of
from cfnet.cell.packet.verdict import Evaluator, RuleEffect
from cfnet.cell.planning.planned_cell import CellPlanner, PlannedCell
from cfnet.dataplane.addressing import VTEP
from tests.kernel.data_plane import PATIENCE, PLACES, DataPlane, Seen, vtep_ip
from tests.kernel.wire_bytes import Sent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cfnet.cell.model.state import State
    from tests.kernel.generated_foundations import Wanted

CHAIN = "vpa--1555608460726256"


class TracePredictor:
    """Predicts what each packet of one foundation meets, by the rules of its cells."""

    def __init__(self, state: State) -> None:
        planner = CellPlanner(state)
        self.planned: Mapping[str, PlannedCell] = {cell.name: planner.plan(cell) for cell in state.cells()}
        rules = {name: Evaluator(planned.ruleset(CHAIN)) for name, planned in self.planned.items()}
        self._ends = {
            IPv4Address(container.ip): End(cell.name, container, rules[cell.name])
            for cell in state.cells()
            for container in cell.containers
        }

    @property
    def texts(self) -> dict[str, str]:
        """The rules that each cell loads."""
        return {name: planned.save(CHAIN) for name, planned in self.planned.items()}

    def hops(self, wanted: Wanted) -> list[Hop]:
        """The verdict of each cell on a packet that opens a connection."""
        return self._hops(
            Sent(IPv4Address(wanted.source.ip), IPv4Address(wanted.destination.ip), wanted.protocol, 1, wanted.port)
        )

    def _hops(self, sent: Sent) -> list[Hop]:
        hops = follow(
            self._ends[sent.source],
            self._ends[sent.destination],
            sent.protocol,
            sent.destination_port,
            vtep=VTEP,
            source_port=sent.source_port,
            connection=ConntrackState.ESTABLISHED if sent.answers else ConntrackState.NEW,
        )
        assert all(hop.verdict.sure for hop in hops), hops
        return hops

    def expects(self, sent: Sent) -> Seen:
        """What should happen to a packet."""
        source, destination = self._ends[sent.source], self._ends[sent.destination]
        hops = self._hops(sent)
        refused = hops[-1].verdict.effect is RuleEffect.REJECTED
        if refused and hops[-1].cell != source.cell:
            hops.append(_refusal(source, destination))
            refused = hops[-1].verdict.accepted
        return Seen(
            arrived=hops[-1].cell == destination.cell and hops[-1].verdict.accepted and not refused,
            refused=refused,
            counted=dict(Counter((hop.cell, step.chain, step.number) for hop in hops for step in hop.verdict.steps)),
        )


def _refusal(source: End, destination: End) -> Hop:
    """What the message of the other cell's refusal meets on its way back into the source's container."""
    message = Packet(
        IPv4Address(vtep_ip(list(PLACES).index(destination.cell))),
        IPv4Address(source.container.ip),
        "icmp",
        connection=ConntrackState.RELATED,
        in_interface=VTEP,
        out_interface=interface_of(source.container.ip),
        icmp_type=(3, 3),
    )
    return Hop(source.cell, source.rules.evaluate("FORWARD", message))


class Case(NamedTuple):
    """A packet, what was expected and what happened."""

    sent: Sent
    expected: Seen
    seen: Seen

    @property
    def agrees(self) -> bool:
        """Whether the kernel and `trace` agree."""
        return self.expected == self.seen


def cases(
    plane: DataPlane, predictor: TracePredictor, wanted: Iterable[Wanted], patience: float = PATIENCE
) -> Iterator[Case]:
    """Send the packets one by one; packets that arrive get a response."""
    for each in wanted:
        sent = Sent(
            IPv4Address(each.source.ip), IPv4Address(each.destination.ip), each.protocol, plane.free_port(), each.port
        )
        case = _case(plane, predictor, sent, patience)
        yield case
        if case.seen.arrived:
            yield _case(plane, predictor, sent.answer, patience)


def _case(plane: DataPlane, predictor: TracePredictor, sent: Sent, patience: float) -> Case:
    expected = predictor.expects(sent)
    return Case(sent, expected, plane.send(sent, expected, patience))
