"""Conditions on header fields of a packet (addresses, protocol, ports, ICMP type) and on its interfaces."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from socket import getservbyname
from typing import Final, Self

from cfnet.cell.iptables.condition import Condition
from cfnet.cell.iptables.normal_form import ICMP_TYPES, ICMPV6_TYPES, PROTOCOLS, mask_length
from cfnet.cell.model.packet import Packet
from cfnet.policy.ports import HIGHEST

_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Address(Condition):
    """`-s`, `-d`: the packet's source or destination is in a network. Masks with gaps are not supported.

    An IPv6 network comes from an ip6tables rule and matches no IPv4 packet.
    """

    network: IPv4Network | IPv6Network

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read `10.255.77.4/32`, `10.255.77.4`, `10.255/16`, `10.255.77.0/255.255.255.0` or `2001:db8::/32`."""
        address, slash, mask = word.partition("/")
        if ":" in address:
            return cls(flag, IPv6Network((address, int(mask) if slash else 128), strict=False), negated=negated)
        if slash:
            address += ".0" * (_BYTES - 1 - address.count("."))
        return cls(flag, IPv4Network((address, mask_length(mask) if slash else 32), strict=False), negated=negated)

    @property
    def value(self) -> str:
        """`10.255.77.4/32`."""
        return str(self.network)

    def fits(self, packet: Packet) -> bool:
        """Whether the address is in the network."""
        return (packet.source if self.flag == "-s" else packet.destination) in self.network


@dataclass(frozen=True, slots=True)
class AddressRange(Condition):
    """`--src-range`, `--dst-range`: an inclusive range of addresses."""

    first: IPv4Address | IPv6Address
    last: IPv4Address | IPv6Address

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read `10.0.11.0-10.0.11.255` or a single address."""
        first, dash, last = word.partition("-")
        kind = IPv6Address if ":" in first else IPv4Address
        return cls(flag, kind(first), kind(last if dash else first), negated=negated)

    @property
    def value(self) -> str:
        """`10.0.11.0-10.0.11.255`."""
        return f"{self.first}-{self.last}"

    def fits(self, packet: Packet) -> bool:
        """Whether the address is in the range."""
        address = packet.source if self.flag == "--src-range" else packet.destination
        if isinstance(self.first, IPv6Address) or isinstance(self.last, IPv6Address):
            return False
        return self.first <= address <= self.last


@dataclass(frozen=True, slots=True)
class Interface(Condition):
    """`-i`, `-o`: the interface that the packet arrives on or leaves through; `eth+` matches any with this prefix."""

    name: str

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read `silk-vtep`."""
        return cls(flag, word, negated=negated)

    @property
    def value(self) -> str:
        """`silk-vtep`."""
        return self.name

    def fits(self, packet: Packet) -> bool | None:
        """Whether it is that interface; None if the packet's interface is unknown."""
        passed = packet.in_interface if self.flag == "-i" else packet.out_interface
        if passed is None:
            return None
        return passed.startswith(self.name[:-1]) if self.name.endswith("+") else passed == self.name


@dataclass(frozen=True, slots=True)
class Transport(Condition):
    """`-p`: the protocol, by name, or by number if it has no name."""

    protocol: str

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read `tcp`, `TCP` or `6`."""
        name = word.lower()
        return cls(flag, PROTOCOLS.get(name, name), negated=negated)

    @property
    def value(self) -> str:
        """`tcp`."""
        return self.protocol

    def fits(self, packet: Packet) -> bool:
        """Whether the packet has that protocol."""
        return PROTOCOLS.get(self.protocol, self.protocol) in (packet.protocol, "all")


@dataclass(frozen=True, slots=True)
class Port(Condition):
    """`--dport`, `--sport`: an inclusive range of ports; empty if it ends before it starts.

    Only packets of protocols with ports have one.
    """

    first: int
    last: int

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read `8080`, `8080:8090`, `8080:`, `:8090`, or names such as `https` if this computer knows them."""
        first, colon, last = word.partition(":")
        low = _port(first) if first or not colon else 0
        high = (_port(last) if last else HIGHEST) if colon else low
        return cls(flag, low, high, negated=negated)

    @property
    def value(self) -> str:
        """`8080` or `8080:8090`."""
        return str(self.first) if self.first == self.last else f"{self.first}:{self.last}"

    def fits(self, packet: Packet) -> bool | None:
        """Whether it is one of the ports; None if the packet's port is unknown."""
        port = packet.source_port if self.flag == "--sport" else packet.destination_port
        return None if port is None else self.first <= port <= self.last


@dataclass(frozen=True, slots=True)
class IcmpType(Condition):
    """`--icmp-type`, `--icmpv6-type`: a type with any code (`8`) or one code (`3/1`), or `any`."""

    kind: int | None
    code: int | None

    @classmethod
    def read(cls, flag: str, word: str, *, negated: bool) -> Self:
        """Read `any`, `8`, `3/1` or `echo-request`."""
        word = (ICMPV6_TYPES if flag == "--icmpv6-type" else ICMP_TYPES).get(word, word)
        if word == "any":
            return cls(flag, None, None, negated=negated)
        kind, _, code = word.partition("/")
        return cls(flag, int(kind), int(code) if code else None, negated=negated)

    @property
    def value(self) -> str:
        """`any`, `8` or `3/1`."""
        if self.kind is None:
            return "any"
        return str(self.kind) if self.code is None else f"{self.kind}/{self.code}"

    def fits(self, packet: Packet) -> bool | None:
        """Whether it is that type and code; None if the packet's type is unknown."""
        if self.kind is None:
            return True
        if packet.icmp_type is None:
            return None
        kind, code = packet.icmp_type
        return kind == self.kind and self.code in (None, code)


def _port(word: str) -> int:
    """Parse the number or name of a port.

    Raises:
        ValueError: it is neither.
    """
    if word.isascii() and word.isdigit():
        number = int(word)
        if number > HIGHEST:
            raise ValueError(f"{word} is too high for a port")
        return number
    try:
        return getservbyname(word)
    except (OSError, UnicodeError) as fault:
        raise ValueError(f"{word} is not a port") from fault
