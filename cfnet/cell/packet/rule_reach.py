"""Compute the set of packets that a rule matches, among those to and from a cell's containers.

Interfaces follow from addresses: a container's packets arrive on its own interface, those of other cells on the VTEP,
and all others on the cell's own interfaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.iptables.condition import Comment, Setting, Unknown
from cfnet.cell.iptables.header import Address, AddressRange, IcmpType, Interface, Port, Transport
from cfnet.cell.iptables.match import KINDS, Mark, States
from cfnet.cell.model.packet import ConntrackState
from cfnet.cell.packet.data_path import interface_of
from cfnet.cell.packet.packet_set import (
    ANY_ADDRESS,
    ANY_ICMP,
    ANY_MARK,
    ANY_PORT,
    ANY_PROTOCOL,
    ANY_STATE,
    EVERYTHING,
    STATES,
    Box,
    MarkPattern,
    Marks,
    Ranges,
    meet,
    meet_ranges,
    merged,
    without_marks,
    without_ranges,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cfnet.cell.iptables.condition import Condition
    from cfnet.cell.iptables.rule import Rule

_PROTOCOLS: Final = {
    "icmp": 1, "igmp": 2, "ipencap": 4, "tcp": 6, "udp": 17, "dccp": 33, "ipv6": 41, "gre": 47, "esp": 50, "ah": 51,
    "ipv6-icmp": 58, "icmpv6": 58, "ospf": 89, "ipip": 94, "pim": 103, "vrrp": 112, "sctp": 132, "udplite": 136,
}  # fmt: skip
"""Numbers of protocols that iptables prints by name (/etc/protocols)."""
_HIGHEST_PROTOCOL: Final = 255
_NOT_AN_UPLINK = re.compile(
    r"s-|lo\b|docker|br-|virbr|vnet|veth|cni|flannel|cali|lxc|lxd|podman|tun|tap|wg|vxlan|kube|dummy|nerdctl|weave"
)
"""Prefixes of interfaces that do not lead to other hosts: bridges, tunnels and interfaces of other containers."""
_CALL_FLAGS: Final = ("SYN", "SYN,ACK", "ACK", "PSH,ACK", "FIN,ACK", "FIN,PSH,ACK", "RST", "RST,ACK")
"""The flags of packets in a TCP connection; the first opens it."""
_ALL_FLAGS: Final = frozenset({"FIN", "SYN", "RST", "PSH", "ACK", "URG"})
_IMPOSSIBLE_TYPES: Final = frozenset(
    {"LOCAL", "BROADCAST", "MULTICAST", "ANYCAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT", "UNSPEC", "NAT", "THROW"}
)
"""Address types that neither containers nor sources of forwarded packets have."""


class Reach(NamedTuple):
    """The packets that a rule matches; None means no packets.

    Attributes:
        may: the packets that it may match.
        must: the packets that it certainly matches.
    """

    may: Box | None
    must: Box | None


@dataclass(frozen=True)
class CellNetwork:
    """The addresses and interfaces of a cell.

    Attributes:
        interfaces: the interfaces of the containers on the cell, by address as a number.
        overlay: the addresses of the overlay network.
        vtep: the VXLAN interface.
        uplinks: the cell's own interfaces; empty if unknown.
        stranger: an unused overlay address that the next container on this cell may get.
    """

    interfaces: dict[int, str]
    overlay: Ranges
    vtep: str
    uplinks: tuple[str, ...]
    stranger: int

    @classmethod
    def of(cls, ips: Iterable[str], networks: Iterable[str], vtep: str, uplinks: Sequence[str]) -> CellNetwork:
        """Create the network of a cell with containers at `ips`."""
        interfaces = {int(IPv4Address(ip)): interface_of(ip) for ip in ips}
        overlay = merged([_network(IPv4Network(network)) for network in networks])
        free = without_ranges(overlay, merged([(ip, ip) for ip in interfaces]))
        return cls(interfaces, overlay, vtep, tuple(uplinks), free[-1][1] if free else 0)

    @cached_property
    def local(self) -> Ranges:
        """The addresses of containers on this cell."""
        return merged([(ip, ip) for ip in self.interfaces])

    @cached_property
    def remote(self) -> Ranges:
        """The overlay addresses that containers on other cells may have."""
        return without_ranges(self.overlay, self.local)

    @cached_property
    def outside(self) -> Ranges:
        """All other addresses."""
        return without_ranges(ANY_ADDRESS, merged([*self.overlay, *self.local]))


def reach_of(rule: Rule, network: CellNetwork) -> Reach:
    """Return the packets that a rule matches."""
    may: Box | None = EVERYTHING
    must: Box | None = EVERYTHING
    for match in rule.matches:
        if match.module not in KINDS and match.module not in _READERS_OF_OTHERS:
            must = None
            continue
        for condition in match.conditions:
            one = _reach(match.module, condition, network)
            may = may and one.may and meet(may, one.may)
            must = must and one.must and meet(must, one.must)
        if not may:
            return Reach(None, None)
    return Reach(may, must)


def _reach(module: str, condition: Condition, network: CellNetwork) -> Reach:
    match condition:
        case Interface():
            return _interface(condition, network)
        case Address() | AddressRange() | Transport() | Port() | IcmpType():
            return _written(condition)
        case Comment():
            return _sure(None if condition.negated else EVERYTHING)
        case Setting():
            return _sure(EVERYTHING)
        case Unknown():
            read = _READERS_OF_OTHERS.get(module)
            return read(str(condition)) if read else Reach(EVERYTHING, None)
    return _kept(condition)


def _written(condition: Address | AddressRange | Transport | Port | IcmpType) -> Reach:
    """Return the packets that match a condition on header fields."""
    no = condition.negated
    match condition:
        case Address(flag=flag, network=network):
            found = (_network(network),) if isinstance(network, IPv4Network) else ()
            return _addresses(found, of_source=flag == "-s", negated=no)
        case AddressRange(flag=flag, first=first, last=last):
            return _addresses(_range(first, last), of_source=flag == "--src-range", negated=no)
        case Transport(protocol=name):
            return _protocol(name, negated=no)
        case Port(flag=flag, first=low, last=high):
            return _ports(flag, ((low, high),) if low <= high else (), negated=no)
        case IcmpType(kind=kind, code=code):
            return _icmp(kind, code, negated=no)


def _range(first: IPv4Address | IPv6Address, last: IPv4Address | IPv6Address) -> Ranges:
    """Return the IPv4 addresses from `first` to `last`."""
    is_ipv4 = isinstance(first, IPv4Address) and isinstance(last, IPv4Address)
    return ((int(first), int(last)),) if is_ipv4 and int(first) <= int(last) else ()


def _kept(condition: Condition) -> Reach:
    """Return the packets that match a condition on kernel state; rates are unknown."""
    match condition:
        case Mark(mark=mark, mask=mask):
            asked: Marks = (MarkPattern(mark, mask),) if mark & ~mask == 0 else ()
            marks = without_marks(ANY_MARK, asked) if condition.negated else asked
            marks = ANY_MARK if marks == ANY_MARK else marks
            return _sure(EVERYTHING._replace(mark=marks) if marks else None)
        case States(states=states):
            return _states(states, negated=condition.negated)
    return Reach(EVERYTHING, None)


def _icmp(kind: int | None, code: int | None, *, negated: bool) -> Reach:
    found = ANY_ICMP
    if kind is not None:
        low = 256 * kind + (code or 0)
        found = ((low, low + (0xFF if code is None else 0)),)
    found = without_ranges(ANY_ICMP, found) if negated else found
    return _sure(EVERYTHING._replace(icmp=found) if found else None)


def _sure(box: Box | None) -> Reach:
    return Reach(box, box)


def _network(network: IPv4Network) -> tuple[int, int]:
    return int(network.network_address), int(network.broadcast_address)


def _addresses(found: Ranges, *, of_source: bool, negated: bool) -> Reach:
    found = without_ranges(ANY_ADDRESS, found) if negated else found
    return _sure(_box(found, of_source=of_source))


def _box(addresses: Ranges, *, of_source: bool) -> Box | None:
    """Return the packets from or to these addresses."""
    if not addresses:
        return None
    # Other modules recognize ANY_ADDRESS by identity.
    addresses = ANY_ADDRESS if addresses == ANY_ADDRESS else addresses
    return EVERYTHING._replace(source=addresses) if of_source else EVERYTHING._replace(destination=addresses)


def _interface(condition: Interface, network: CellNetwork) -> Reach:
    """Return the packets that arrive on an interface, by source, or leave through it, by destination."""
    sure = [(ip, ip) for ip, interface in network.interfaces.items() if _fits(condition.name, interface)]
    remote = network.remote
    unsure: Ranges = ()
    if condition.flag == "-o":
        stranger = ((network.stranger, network.stranger),)
        remote = without_ranges(remote, stranger)
        sure += stranger if _fits(condition.name, interface_of(str(IPv4Address(network.stranger)))) else ()
    else:
        match _is_uplink(condition.name, network):
            case True:
                sure += network.outside
            case None:
                unsure = network.outside
    sure += remote if _fits(condition.name, network.vtep) else ()
    must, may = merged(sure), merged([*sure, *unsure])
    if condition.negated:
        must, may = without_ranges(ANY_ADDRESS, may), without_ranges(ANY_ADDRESS, must)
    of_source = condition.flag == "-i"
    return Reach(_box(may, of_source=of_source), _box(must, of_source=of_source))


def _fits(asked: str, interface: str) -> bool:
    """Whether an interface matches the name in a rule; `eth+` matches any that starts with `eth`."""
    return interface.startswith(asked[:-1]) if asked.endswith("+") else interface == asked


def _is_uplink(asked: str, network: CellNetwork) -> bool | None:
    """Whether all packets from outside the overlay network arrive on such an interface; None if some may."""
    found = [_fits(asked, uplink) for uplink in network.uplinks]
    if found:
        return all(found) or (None if any(found) else False)
    if asked == "+":
        return True
    return False if _fits(asked, network.vtep) or _NOT_AN_UPLINK.match(asked) else None


def _protocol(name: str, *, negated: bool) -> Reach:
    number = 0 if name in {"all", "0"} else int(name) if name.isdecimal() else _PROTOCOLS.get(name)
    if number is None or number > _HIGHEST_PROTOCOL:
        return Reach(EVERYTHING, None)
    found = 1 << number if number else ANY_PROTOCOL
    found = ANY_PROTOCOL & ~found if negated else found
    return _sure(EVERYTHING._replace(protocol=found) if found else None)


def _ports(flag: str, found: Ranges, *, negated: bool) -> Reach:
    found = without_ranges(ANY_PORT, found) if negated else found
    if not found:
        return Reach(None, None)
    if flag == "--sport":
        return _sure(EVERYTHING._replace(source_port=found))
    return _sure(EVERYTHING._replace(destination_port=found))


def _states(states: Sequence[str], *, negated: bool) -> Reach:
    """Return the packets in these states; address translation (SNAT, DNAT) is unknown and may match any packet."""
    sure = sum(STATES[ConntrackState(state)] for state in set(states) if state in list(ConntrackState))
    may = sure if all(state in list(ConntrackState) for state in states) else ANY_STATE
    if negated:
        sure, may = ANY_STATE & ~may, ANY_STATE & ~sure
    return Reach(_of_states(may), _of_states(sure))


def _of_states(states: int) -> Box | None:
    return EVERYTHING._replace(state=states) if states else None


def _others_of_tcp(words: str) -> Reach:
    """Read `--tcp-flags`: which packets of a connection have these flags; the one that opens it only has SYN."""
    plain = words.removeprefix("! ")
    option, _, flags = plain.partition(" ")
    if option != "--tcp-flags" or flags.count(" ") != 1:
        return Reach(EVERYTHING, None)
    mask, wanted = (_flags(text) for text in flags.split(" "))
    fitting = [(_flags(each) & mask == wanted) != (plain != words) for each in _CALL_FLAGS]
    opens = STATES[ConntrackState.NEW]
    rest = ANY_STATE & ~opens
    first, later = fitting[0], fitting[1:]
    may = (opens if first else 0) | (rest if any(fitting) else 0)
    must = (opens if first else 0) | (rest if all(later) and first else 0)
    return Reach(_of_states(may), _of_states(must))


def _flags(text: str) -> frozenset[str]:
    return {"ALL": _ALL_FLAGS, "NONE": frozenset[str]()}.get(text, frozenset(text.split(",")))


def _header(words: str) -> Reach:
    """Read `-f`, a second or later fragment. Conntrack reassembles packets before they are forwarded."""
    if words in {"-f", "! -f"}:
        return _sure(None if words == "-f" else EVERYTHING)
    return Reach(EVERYTHING, None)


def _address_type(words: str) -> Reach:
    """Read `-m addrtype`: addresses of containers and sources of forwarded packets are UNICAST."""
    plain = words.removeprefix("! ")
    option, _, kind = plain.partition(" ")
    if option not in {"--src-type", "--dst-type"}:
        return Reach(EVERYTHING, None)
    kinds = set(kind.split(","))
    if not kinds <= _IMPOSSIBLE_TYPES | {"UNICAST"}:
        return Reach(EVERYTHING, None)
    holds = ("UNICAST" in kinds) == (plain == words)
    return _sure(EVERYTHING if holds else None)


def _multiport(words: str) -> Reach:
    """Read `--dports 80,443,8000:8010`."""
    plain = words.removeprefix("! ")
    option, _, listed = plain.partition(" ")
    flag = {"--dports": "--dport", "--sports": "--sport"}.get(option)
    if not flag or not re.fullmatch(r"\d{1,5}(:\d{1,5})?(,\d{1,5}(:\d{1,5})?)*", listed):
        return Reach(EVERYTHING, None)
    ends = [part.split(":") for part in listed.split(",")]
    found = merged([(int(each[0]), int(each[-1])) for each in ends])
    return _ports(flag, meet_ranges(found, ANY_PORT), negated=plain != words)


_READERS_OF_OTHERS: Final[dict[str, Callable[[str], Reach]]] = {
    "": _header,
    "tcp": _others_of_tcp,
    "addrtype": _address_type,
    "multiport": _multiport,
}
"""Readers, by module, of options without a condition class of their own."""
