"""Application security groups and the iptables rules generated from them.

Source: silk-release, `netrules` (security_group_rule.go, rule_converter.go), and how iptables prints such rules.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from typing import Final, NamedTuple

from cfnet.cell.model import go_text, kernel_text
from cfnet.cell.model.silk_release import SilkRelease

_PORTS: Final = 0x1_0000
_ICMP: Final = 0x100
_ICMP6: Final = "icmpv6"
_IPV6_BITS: Final = 128
_ANY_ICMP: Final = 255
_INT64: Final = 2**63
_RANGE_ENDS: Final = 2


class Workload(StrEnum):
    """The workload of a container, which decides which security groups apply (`container_workload` in its metadata)."""

    APP = "app"
    TASK = "task"
    STAGING = "staging"


class GroupRule(NamedTuple):
    """A rule of a security group, as the Cloud Controller returns it.

    Attributes:
        protocol: `tcp`, `udp`, `icmp`, `icmpv6` or `all`.
        destination: a network (CIDR), an IP, a range `IP-IP`, or a comma-separated list of these.
        ports: `443`, `80,443`, `9000-9200`, or empty.
        icmp_type: for `icmp`; -1 for any.
        icmp_code: the same.
        log: whether accepted packets are logged.
    """

    protocol: str
    destination: str
    ports: str = ""
    icmp_type: int = 0
    icmp_code: int = 0
    log: bool = False


class SecurityGroup(NamedTuple):
    """An application security group.

    Attributes:
        running: whether it applies to all running containers; `staging`: to all staging containers.
        running_spaces: GUIDs of the spaces to whose running containers it applies;
            `staging_spaces`: the same for staging containers.
    """

    name: str
    rules: tuple[GroupRule, ...]
    running: bool = False
    staging: bool = False
    running_spaces: frozenset[str] = frozenset()
    staging_spaces: frozenset[str] = frozenset()

    @property
    def applies(self) -> bool:
        """Whether it can apply to any container."""
        return self.running or self.staging or bool(self.running_spaces or self.staging_spaces)


class NotUsable(ValueError):
    """A rule that the agent fails on; it then creates no `asg-` chain for any container the group applies to.

    The message gives field and value, such as `destination: "10.0.0.0/33"`.
    """


class GroupMatch(NamedTuple):
    """The match of one iptables rule of a security group.

    Attributes:
        text: the match as iptables prints it.
        log: whether the rule goes to the log chain.
        asked: the ICMP type and code that the agent passes to iptables, which prints some in a shorter form. The agent
            detects duplicate rules by what it passes (`DeduplicateRules` in rule_converter.go).
    """

    text: str
    log: bool
    asked: str = ""


def matches(rule: GroupRule, silk: SilkRelease) -> list[GroupMatch]:
    """Return the iptables rules generated from a security group rule, in order, without targets.

    There are none for tcp and udp without ports, icmp and all with ports, and other protocols (the agent logs this). If
    the release filters by IP version, there are none for IPv6 destinations and `icmpv6` either: they belong to
    ip6tables.

    Raises:
        NotUsable: the agent cannot parse the destination, or iptables rejects the ports.
    """
    parts = rule.destination.split(",")
    if silk.by_ip_version:
        parts = [part for part in parts if not _is_ipv6(part)]
    ranges = [_destination(part) for part in parts]
    ports = _port_ranges(rule.ports)
    if ranges:
        _check_ports(rule, ports)
    return [match for each in ranges for match in _matches(rule, each, ports)]


def address_ranges(rule: GroupRule) -> list[tuple[int, int]]:
    """Return the IPv4 addresses of a rule's destinations as ranges of numbers, without those that the agent rejects."""
    found = []
    for part in rule.destination.split(","):
        try:
            first, last = _destination(part).split("-")
        except NotUsable:
            continue
        found.append((int(IPv4Address(first)), int(IPv4Address(last))))
    return found


def accepted_ports(rule: GroupRule) -> list[tuple[int, int]] | None:
    """Return the ports of a TCP or UDP rule; None for a rule of another protocol, which accepts packets without ports.

    The list is empty if the rule accepts nothing.
    """
    if rule.protocol in ("tcp", "udp"):
        return _port_ranges(rule.ports)
    return [] if rule.ports or rule.protocol not in ("icmp", "all") else None


def _check_ports(rule: GroupRule, ports: Iterable[tuple[int, int]]) -> None:
    # iptables 1.8 only rejects reversed ranges for tcp.
    if rule.protocol == "tcp" and any(start > end for start, end in ports):
        raise NotUsable(f'ports: "{rule.ports}"')


def ipv6_destinations(rule: GroupRule) -> list[str]:
    """Return the destinations of a rule that only go into ip6tables rules; for `icmpv6`, all of them."""
    return [part for part in rule.destination.split(",") if rule.protocol == _ICMP6 or _is_ipv6(part)]


def _matches(rule: GroupRule, destination: str, ports: list[tuple[int, int]]) -> list[GroupMatch]:
    match = f"-m iprange --dst-range {destination}"
    match rule.protocol:
        case "tcp" | "udp" as protocol:
            return [
                GroupMatch(f"-p {protocol} {match} -m {protocol}{kernel_text.destination_ports(*each)}", rule.log)
                for each in ports
            ]
        case "icmp" if not ports:
            kind, code = rule.icmp_type % _ICMP, rule.icmp_code % _ICMP
            text = f"-p icmp {match} -m icmp --icmp-type {_icmp(kind, code)}"
            return [GroupMatch(text, rule.log, f"{kind}/{code}")]
        case "all" if not ports:
            return [GroupMatch(match, rule.log)]
        case _:
            return []


def _icmp(kind: int, code: int) -> str:
    return "any" if kind == _ANY_ICMP else f"{kind}/{code}"


def _port_ranges(text: str) -> list[tuple[int, int]]:
    """Parse a list of ports into ranges, ignoring anything that is not a number and truncating numbers to 16 bits."""
    found = []
    for part in text.split(","):
        ends = part.split("-")
        if len(ends) > _RANGE_ENDS:
            continue
        try:
            numbers = [_int64(end) for end in ends]
        except ValueError:
            continue
        found.append((numbers[0] % _PORTS, numbers[-1] % _PORTS))
    return found


def _int64(text: str) -> int:
    number = go_text.integer(text)
    if not -_INT64 <= number < _INT64:
        raise ValueError(f"number too large: {text}")
    return number


def _destination(text: str) -> str:
    """Return `FIRST-LAST` for a network, an IP or a range, which may have surrounding whitespace.

    Raises:
        NotUsable: it is none of these.
    """
    trimmed = go_text.trimmed(text)
    found = re.search("[-/]", trimmed)
    try:
        if not found:
            return f"{IPv4Address(trimmed)}-{IPv4Address(trimmed)}"
        before, after = trimmed[: found.start()], trimmed[found.end() :]
        if found[0] == "-":
            return f"{IPv4Address(before)}-{IPv4Address(after)}"
        network = IPv4Network(f"{IPv4Address(before)}/{_prefix_length(after)}", strict=False)
    except ValueError as fault:
        raise NotUsable(f'destination: "{text}"') from fault
    return f"{network[0]}-{network[-1]}"


def _is_ipv6(text: str) -> bool:
    """Whether `text` is an IPv6 network, address or range."""
    trimmed = go_text.trimmed(text)
    found = re.search("[-/]", trimmed)
    try:
        if not found:
            return _ipv6(trimmed)
        before, after = trimmed[: found.start()], trimmed[found.end() :]
        return _ipv6(before) and (_ipv6(after) if found[0] == "-" else _prefix_length(after) <= _IPV6_BITS)
    except ValueError:
        return False


def _ipv6(text: str) -> bool:
    """Whether `text` is an IPv6 address; like in Go, IPv4-mapped addresses (`::ffff:10.0.0.1`) are not."""
    return "%" not in text and IPv6Address(text).ipv4_mapped is None


def _prefix_length(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"not a prefix length: {text}")
    return int(text)
