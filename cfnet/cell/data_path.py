"""The way of a packet between two containers: the FORWARD chain of the source's cell, then of the destination's.

On one cell it passes FORWARD once. Between cells it leaves through the VTEP, whose VXLAN header carries the low 16
bits of its mark (the group policy extension), and arrives on the other cell with them.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import NamedTuple

from cfnet.cell.agent import AgentSettings
from cfnet.cell.chain_text import whole_listing
from cfnet.cell.container import Container
from cfnet.cell.iptables import Ruleset, parse
from cfnet.cell.overlay_chain import overlay_chain
from cfnet.cell.packet import Packet
from cfnet.cell.state import Cell
from cfnet.cell.verdict import Verdict, evaluate

_CARRIED = 0xFFFF
"""What VXLAN carries of a mark."""


class End(NamedTuple):
    """A container and the cell that it runs on, with that cell's rules."""

    cell: str
    container: Container
    rules: Ruleset


class Hop(NamedTuple):
    """What one cell did with the packet."""

    cell: str
    verdict: Verdict


def forward_rules(cell: Cell, policy_rules: Iterable[str], chain: str, settings: AgentSettings) -> Ruleset:
    """The rules that decide about overlay packets on `cell`: its policy chain, then its containers' overlay chains.

    `policy_rules` are texts without the chain's name; `chain` is the policy chain's name.
    """
    chains = [overlay_chain(container, settings) for container in cell.containers]
    return parse(whole_listing(policy_rules, chain, chains))


def follow(source: End, destination: End, protocol: str, port: int, *, vtep: str) -> list[Hop]:
    """Send a packet that opens a connection from `source` to `destination`; the last hop's verdict is the answer.

    `vtep` is the cells' VXLAN interface.
    """
    packet = Packet(
        IPv4Address(source.container.ip), IPv4Address(destination.container.ip), protocol, destination_port=port
    )
    here, there = _interface(source.container), _interface(destination.container)
    if source.cell == destination.cell:
        return [
            Hop(source.cell, evaluate(source.rules, "FORWARD", packet._replace(in_interface=here, out_interface=there)))
        ]
    leaving = evaluate(source.rules, "FORWARD", packet._replace(in_interface=here, out_interface=vtep))
    hops = [Hop(source.cell, leaving)]
    if leaving.accepted:
        arriving = packet._replace(mark=leaving.mark & _CARRIED, in_interface=vtep, out_interface=there)
        hops.append(Hop(destination.cell, evaluate(destination.rules, "FORWARD", arriving)))
    return hops


def _interface(container: Container) -> str:
    """The cell's end of the container's veth pair: `s-` and the IP, three digits a byte (silk, `lib/config`)."""
    return "s-" + "".join(byte.zfill(3) for byte in container.ip.split("."))
