"""Follow a packet between two containers: through FORWARD on the source's cell, then on the destination's.

Within one cell it passes FORWARD once. Between cells it leaves through the VTEP, whose VXLAN header carries the low 16
bits of its mark (the group policy extension), and arrives on the other cell with these.
"""

from ipaddress import IPv4Address
from typing import Final, NamedTuple

from cfnet.cell.model.container import Container
from cfnet.cell.model.packet import ConntrackState, Packet
from cfnet.cell.packet.verdict import Evaluator, Verdict

CARRIED: Final = 0xFFFF
"""The bits of a mark that VXLAN carries."""


class End(NamedTuple):
    """A container, its cell and the rules of that cell."""

    cell: str
    container: Container
    rules: Evaluator


class Hop(NamedTuple):
    """The verdict of one cell."""

    cell: str
    verdict: Verdict


def follow(  # noqa: PLR0913 - a packet has many fields
    source: End,
    destination: End,
    protocol: str,
    port: int,
    *,
    vtep: str,
    source_port: int | None = None,
    connection: ConntrackState = ConntrackState.NEW,
) -> list[Hop]:
    """Send a packet from `source` to `destination`; the verdict of the last hop is the result.

    Args:
        source: the sending container.
        destination: the receiving container.
        protocol: `tcp` or `udp`.
        port: the destination port.
        vtep: the cells' VXLAN interface.
        source_port: the source port, if it matters.
        connection: the conntrack state on both cells.
    """
    packet = Packet(
        IPv4Address(source.container.ip),
        IPv4Address(destination.container.ip),
        protocol,
        destination_port=port,
        source_port=source_port,
        connection=connection,
    )
    here, there = interface_of(source.container.ip), interface_of(destination.container.ip)
    if source.cell == destination.cell:
        return [
            Hop(source.cell, source.rules.evaluate("FORWARD", packet._replace(in_interface=here, out_interface=there)))
        ]
    leaving = source.rules.evaluate("FORWARD", packet._replace(in_interface=here, out_interface=vtep))
    hops = [Hop(source.cell, leaving)]
    if leaving.accepted:
        arriving = packet._replace(mark=leaving.mark & CARRIED, in_interface=vtep, out_interface=there)
        hops.append(Hop(destination.cell, destination.rules.evaluate("FORWARD", arriving)))
    return hops


def interface_of(ip: str) -> str:
    """Return the cell's end of a container's veth pair: `s-` and 3 digits per byte of its IP (silk, `lib/config`)."""
    return "s-" + "".join(byte.zfill(3) for byte in ip.split("."))
