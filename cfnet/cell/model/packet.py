"""A packet, reduced to what the rules of a cell match on."""

from enum import StrEnum
from ipaddress import IPv4Address
from typing import NamedTuple


class ConntrackState(StrEnum):
    """The conntrack state of a packet (iptables-extensions(8), `conntrack`)."""

    NEW = "NEW"
    ESTABLISHED = "ESTABLISHED"
    RELATED = "RELATED"
    INVALID = "INVALID"
    UNTRACKED = "UNTRACKED"


class Packet(NamedTuple):
    """A packet at one point of its path. None means unknown: rules that match on such a field cannot be evaluated."""

    source: IPv4Address
    destination: IPv4Address
    protocol: str = "tcp"
    """As in /etc/protocols, in lower case."""
    destination_port: int | None = None
    source_port: int | None = None
    mark: int = 0
    """The kernel's 32-bit mark; 0 means no mark."""
    connection: ConntrackState = ConntrackState.NEW
    in_interface: str | None = None
    out_interface: str | None = None
    icmp_type: tuple[int, int] | None = None
    """Type and code."""
