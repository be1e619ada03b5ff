"""Names, addresses and routes of cells and containers, as silk gives them, in the input format of `ip -batch`.

Source: silk-release, `cni/lib` and `daemon/vtep`. Pure.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.packet.data_path import interface_of
from cfnet.dataplane.dns_server import DNS_SERVER

if TYPE_CHECKING:
    from collections.abc import Iterable

UNDERLAY: Final = "eth0"
"""The interface of a cell to the network between cells, and that of a container to its cell."""
VTEP: Final = "silk-vtep"
BRIDGE: Final = "underlay"

_LINK_LOCAL: Final = "169.254.0.1"
_MTU: Final = 1450
"""Of the overlay network: 1500 without the headers of VXLAN."""


class CellLease(NamedTuple):
    """A cell's name, its address in the underlay, and its subnet of the overlay, leased from silk."""

    name: str
    address: str
    subnet: str

    @property
    def vtep_ip(self) -> str:
        """The overlay IP of its VXLAN interface."""
        return str(IPv4Network(self.subnet).network_address)

    @property
    def port(self) -> str:
        """The bridge's end of the cell's cable."""
        return "c-" + "".join(byte.zfill(3) for byte in self.address.split("."))


def hardware_address(prefix: str, ip: str) -> str:
    """Return the MAC address that silk derives from an IP: `ee:ee:0a:ff:4d:04`."""
    return ":".join([prefix, prefix, *(f"{byte:02x}" for byte in IPv4Address(ip).packed)])


def cell_cable(lease: CellLease, cell: str) -> str:
    """Connect the namespace at path `cell` to the bridge; for the namespace of the bridge."""
    return f"""\
link add {lease.port} type veth peer name {UNDERLAY} netns {cell}
link set {lease.port} master {BRIDGE} up
"""


def cell_interfaces(lease: CellLease, others: Iterable[CellLease]) -> str:
    """Set up a cell: its underlay address, its VXLAN interface, and the routes to the `others`; for the cell."""
    ours = f"""\
link set lo up
address add {DNS_SERVER}/32 dev lo
address add {lease.address}/32 dev {UNDERLAY}
link set {UNDERLAY} up
link add {VTEP} mtu {_MTU} address {hardware_address("ee", lease.vtep_ip)} type vxlan id 1 dstport 4789 \
local {lease.address} nolearning gbp
address add {lease.vtep_ip}/32 dev {VTEP}
link set {VTEP} up
"""
    return ours + "".join(_route(lease, other) for other in others)


def _route(lease: CellLease, other: CellLease) -> str:
    return f"""\
route add {other.address}/32 dev {UNDERLAY} src {lease.address}
route add {other.subnet} via {other.vtep_ip} dev {VTEP} src {lease.vtep_ip} onlink
neighbour add {other.vtep_ip} lladdr {hardware_address("ee", other.vtep_ip)} dev {VTEP} nud permanent
"""


def forwarding_entries(others: Iterable[CellLease]) -> str:
    """Say behind which underlay address each other VXLAN interface is; input of `bridge -batch` for a cell."""
    return "".join(
        f"fdb append {hardware_address('ee', other.vtep_ip)} dev {VTEP} dst {other.address}\n" for other in others
    )


def container_cable(ip: str, container: str) -> str:
    """Connect the namespace at path `container` to its cell; for the cell."""
    host, here, there = interface_of(ip), hardware_address("aa", ip), hardware_address("ee", ip)
    return (
        f"link add {host} mtu {_MTU} address {here} type veth"
        f" peer name {UNDERLAY} mtu {_MTU} address {there} netns {container}\n"
        f"{_end(host, _LINK_LOCAL, ip, there)}"
    )


def container_interface(ip: str) -> str:
    """Set up a container's interface: its address, and everything else behind its cell; for the container."""
    return (
        f"link set lo up\n{_end(UNDERLAY, ip, _LINK_LOCAL, hardware_address('aa', ip))}"
        f"route add default via {_LINK_LOCAL} dev {UNDERLAY}\n"
    )


def removed_cable(ip: str) -> str:
    """Remove a container's interface; for the cell."""
    return f"link del {interface_of(ip)}\n"


def _end(device: str, mine: str, theirs: str, their_mac: str) -> str:
    return f"""\
address add {mine} peer {theirs}/32 dev {device}
link set {device} up
neighbour add {theirs} lladdr {their_mac} dev {device} nud permanent
"""
