"""Two cells of `cfnet.dataplane` without agents, four containers on each, and probes: raw packets and counters."""

from __future__ import annotations

import re
import select
import socket
import time
from collections import Counter
from contextlib import ExitStack
from ipaddress import IPv4Address
from itertools import count
from typing import TYPE_CHECKING, NamedTuple, Self

from cfnet.dataplane.addressing import CellLease
from cfnet.dataplane.wiring import WiredCells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cfnet.dataplane.namespace import Namespace
    from tests.kernel.wire_bytes import Sent

PLACES = {
    "cell-0": ("10.255.77.2", "10.255.77.3", "10.255.77.10", "10.255.77.100"),
    "cell-1": ("10.255.78.2", "10.255.78.3", "10.255.78.10", "10.255.78.100"),
}
"""The overlay IPs of the containers of each cell."""

LEASES = (CellLease("cell-0", "172.16.0.1", "10.255.77.0/24"), CellLease("cell-1", "172.16.0.2", "10.255.78.0/24"))
_ANY_PORT = range(20_000, 60_000)
PATIENCE = 30.0
"""Seconds after which an expected event counts as missing; successful runs never wait that long."""
_COUNTED = re.compile(r"\[(\d+):\d+\] -A (\S+)")
_ETH_P_IP = 0x0800
_OUTGOING = 4


class Seen(NamedTuple):
    """What happened to a packet.

    Attributes:
        arrived: whether its destination received it.
        refused: whether its sender got a message that the port is unreachable.
        counted: the rules whose counters changed, and by how much: cell, chain, number from 1.
    """

    arrived: bool
    refused: bool
    counted: Mapping[tuple[str, str, int], int]

    def exceeds(self, expected: Seen) -> bool:
        """Whether something unexpected has happened: waiting longer cannot change that."""
        return (
            self.arrived > expected.arrived
            or self.refused > expected.refused
            or any(number > expected.counted.get(rule, 0) for rule, number in self.counted.items())
        )


class DataPlane:
    """Two cells with four containers each, and the firewall of one iptables backend. A context manager."""

    def __init__(self, backend: str) -> None:
        self._backend = backend
        self._held = ExitStack()
        wired = self._held.enter_context(WiredCells(LEASES))
        self._cells = {name: cell.namespace for name, cell in wired.cells.items()}
        self._ports = count(_ANY_PORT.start)
        self._senders: dict[IPv4Address, socket.socket] = {}
        self._ears: dict[IPv4Address, socket.socket] = {}
        self._heard: dict[IPv4Address, list[bytes]] = {}
        for name, ips in PLACES.items():
            for ip, container in wired.cells[name].plug_in(ips).items():
                self._open_sockets(IPv4Address(ip), container)
        self._counters: Counter[tuple[str, str, int]] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def load(self, rules: Mapping[str, str]) -> None:
        """Replace the rules of each cell, in the format of `iptables-restore`."""
        for cell, text in rules.items():
            self._cells[cell].run(f"iptables-{self._backend}-restore", text=text)
        self._counters = self._read_counters()

    def save(self, cell: str) -> str:
        """The output of `iptables-save` on a cell, with counters and comments."""
        return self._cells[cell].run(f"iptables-{self._backend}-save", "-c")

    def listing(self, cell: str) -> str:
        """The output of `iptables -S` on a cell."""
        return self._cells[cell].run(f"iptables-{self._backend}", "-S")

    def cable_to(self, namespace: str, device: str) -> None:
        """Connect a cell to a new `device` of another namespace; it disappears with the cell."""
        cell = next(iter(self._cells.values()))
        cell.run("ip", "link", "add", device, "type", "veth", "peer", "name", device, "netns", namespace)

    def free_port(self) -> int:
        """A source port that no packet used before, so that it belongs to no connection."""
        return next(self._ports)

    def send(self, packet: Sent, expected: Seen, patience: float = PATIENCE) -> Seen:
        """Send a packet and return what happened to it, once that is what was expected or can no longer become it."""
        before = self._counters
        for heard in self._heard.values():
            heard.clear()
        self._senders[packet.source].sendto(packet.encoded(), (str(packet.destination), 0))
        deadline = time.monotonic() + patience
        while True:
            seen = self._seen(packet, before)
            if seen == expected or seen.exceeds(expected) or time.monotonic() > deadline:
                return seen

    def _seen(self, packet: Sent, before: Counter[tuple[str, str, int]]) -> Seen:
        for ip, ear in self._ears.items():
            self._heard[ip] += _received(ear)
        self._counters = self._read_counters()
        return Seen(
            any(packet.is_in(data) for data in self._heard[packet.destination]),
            any(packet.is_refused_in(data) for data in self._heard[packet.source]),
            dict(self._counters - before),
        )

    def _read_counters(self) -> Counter[tuple[str, str, int]]:
        found: Counter[tuple[str, str, int]] = Counter()
        for name, cell in self._cells.items():
            numbers: Counter[str] = Counter()
            text = cell.run(f"iptables-{self._backend}-save", "-c", "-t", "filter")
            for packets, chain in _COUNTED.findall(text):
                numbers[chain] += 1
                found[name, chain, numbers[chain]] = int(packets)
        return found

    def _open_sockets(self, ip: IPv4Address, container: Namespace) -> None:
        # Sockets see packets before the container's own firewall, and nothing in a container responds by itself.
        container.run(f"iptables-{self._backend}", "-P", "INPUT", "DROP")
        self._senders[ip] = self._socket(container, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self._ears[ip] = self._socket(container, socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_IP))
        self._heard[ip] = []

    def _socket(self, namespace: Namespace, *kind: int) -> socket.socket:
        return self._held.enter_context(namespace.inside(lambda: socket.socket(*kind)))


def _received(ear: socket.socket) -> Iterator[bytes]:
    """What was received since the last call."""
    while select.select([ear], [], [], 0)[0]:
        data, (_, _, direction, *_) = ear.recvfrom(2048)
        if direction != _OUTGOING:
            yield data


def vtep_ip(number: int) -> str:
    """The overlay IP of a cell's VXLAN interface."""
    return LEASES[number].vtep_ip
