"""Describes a set of packets as calls: source, destination, protocol and port."""

from __future__ import annotations

from ipaddress import IPv4Address, summarize_address_range
from typing import TYPE_CHECKING, Final

from cfnet.cell.model.packet import ConntrackState
from cfnet.cell.packet.packet_set import (
    ANY_MARK,
    ANY_PORT,
    ANY_PROTOCOL,
    REPLIES,
    STATES,
    Box,
    Ranges,
    meet_ranges,
    without_marks,
    without_ranges,
)

if TYPE_CHECKING:
    from cfnet.cell.model.names import Names
    from cfnet.cell.packet.rule_reach import CellNetwork

_PROTOCOLS: Final = {1: "icmp", 6: "tcp", 17: "udp"}
_MOST: Final = 3
"""The most addresses that are listed one by one."""
_ONE_MARK: Final = 0xFFFFFFFF


def calls_told(calls: Box, network: CellNetwork, names: Names) -> str:
    """Describe `calls`: `calls from every app to appB, instance 0 (10.255.77.4), tcp, port 8080`."""
    what = "replies" if not calls.state & ~REPLIES else "calls"
    parts = [f"{what} from {_whom(calls.source, network, names)} to {_whom(calls.destination, network, names)}"]
    parts += [_protocols(calls.protocol)] if calls.protocol != ANY_PROTOCOL else []
    parts += [f"port {_ports(calls.destination_port)}"] if calls.destination_port != ANY_PORT else []
    parts += [f"from port {_ports(calls.source_port)}"] if calls.source_port != ANY_PORT else []
    parts += [_marks(calls, names)] if calls.mark != ANY_MARK else []
    if what == "calls" and not calls.state & STATES[ConntrackState.NEW]:
        states = ", ".join(state.value for state, bit in STATES.items() if calls.state & bit)
        parts.append(f"only packets in state {states}")
    return ", ".join(parts)


def _whom(addresses: Ranges, network: CellNetwork, names: Names) -> str:
    """Name the apps that have these addresses."""
    if meet_ranges(network.overlay, addresses) == network.overlay:
        return "every app"
    if meet_ranges(addresses, network.overlay) in (network.remote, _but_the_next(network)):
        return "apps on other cells"
    if few := _few(addresses):
        return " and ".join(_one(ip, names) for ip in few)
    if left_out := _few(without_ranges(network.overlay, addresses)):
        return f"every app except {' and '.join(_one(ip, names) for ip in left_out)}"
    return _place(addresses, network)


def _few(addresses: Ranges) -> list[int]:
    """Return the addresses one by one; none if there are more than `_MOST`."""
    if sum(last - first + 1 for first, last in addresses) > _MOST:
        return []
    return [ip for first, last in addresses for ip in range(first, last + 1)]


def _place(addresses: Ranges, network: CellNetwork) -> str:
    if addresses == network.outside:
        return "outside the overlay network"
    inside = meet_ranges(addresses, network.overlay)
    return "apps on this cell" if addresses == network.local else _networks(inside or addresses)


def _but_the_next(network: CellNetwork) -> Ranges:
    return without_ranges(network.remote, ((network.stranger, network.stranger),))


def _one(ip: int, names: Names) -> str:
    address = str(IPv4Address(ip))
    known = names.at(address)
    return f"{known} ({address})" if known else address


def _networks(addresses: Ranges) -> str:
    networks = [
        str(network)
        for first, last in addresses[: _MOST + 1]
        for network in summarize_address_range(IPv4Address(first), IPv4Address(last))
    ]
    shown = networks if len(networks) <= _MOST else [*networks[:_MOST], "other addresses"]
    return " and ".join(shown)


def _protocols(protocols: int) -> str:
    left_out = ANY_PROTOCOL & ~protocols
    if left_out.bit_count() <= _MOST:
        return f"any protocol except {_listed(left_out)}"
    return _listed(protocols)


def _listed(protocols: int) -> str:
    numbers = (number for number in range(256) if protocols >> number & 1)
    return " and ".join(_PROTOCOLS.get(number, f"protocol {number}") for number in numbers)


def _ports(ports: Ranges) -> str:
    return " and ".join(str(first) if first == last else f"{first}-{last}" for first, last in ports)


def _marks(calls: Box, names: Names) -> str:
    if len(calls.mark) == 1 and calls.mark[0].care == _ONE_MARK:
        mark = calls.mark[0].value
        app = names.marks.get(mark)
        return f"with mark {mark:#x}" + (f" (the mark of {names.app(app)})" if app else "" if mark else " (none)")
    left_out = without_marks(ANY_MARK, calls.mark)
    if len(left_out) == 1 and left_out[0].care == _ONE_MARK:
        mark = left_out[0].value
        return f"with any mark except {mark:#x}" if mark else "with any mark"
    return "with some marks"
