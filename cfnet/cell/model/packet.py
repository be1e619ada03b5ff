"""A packet, as far as the rules of a cell look at it."""

from enum import StrEnum
from ipaddress import IPv4Address
from typing import NamedTuple


class ConntrackState(StrEnum):
    """What conntrack says of a packet's connection (iptables-extensions(8), `conntrack`)."""

    NEW = "NEW"
    ESTABLISHED = "ESTABLISHED"
    RELATED = "RELATED"
    INVALID = "INVALID"
    UNTRACKED = "UNTRACKED"


class Packet(NamedTuple):
    """A packet at one place of its way. What is None is not known: a rule that asks for it cannot be judged."""

    source: IPv4Address
    destination: IPv4Address
    protocol: str = "tcp"
    """As in /etc/protocols, in lower case."""
    destination_port: int | None = None
    source_port: int | None = None
    mark: int = 0
    """The kernel's 32-bit mark; 0 is none."""
    connection: ConntrackState = ConntrackState.NEW
    in_interface: str | None = None
    out_interface: str | None = None
    icmp_type: tuple[int, int] | None = None
    """Type and code."""
