"""Who was refused: the messages "port unreachable" that the rules of a cell send to a calling container.

A rule that rejects counts packets, but not whose. The message that the caller gets contains the start of its packet.
"""

from __future__ import annotations

import ctypes
import json
import select
import socket
import struct
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.dataplane.forked import fork

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.dataplane.namespace import Namespace

_TO_CONTAINERS: Final = "s-"
"""The beginning of the names of interfaces towards containers."""

_OUTGOING: Final = 4
_ALL_PROTOCOLS: Final = 3
"""Sockets of a single protocol do not see outgoing packets."""

_HEADER: Final = 20
_UNREACHABLE: Final = b"\x03\x03"
_ICMP: Final = 1
_ICMP_HEADER: Final = 8
_PROTOCOLS: Final = {6: "tcp", 17: "udp"}
_ATTACH_FILTER: Final = 26
_ONLY_ICMP: Final = ((0x30, 0, 0, 9), (0x15, 0, 1, _ICMP), (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0))
"""A classic BPF program: load the protocol of the IP header; accept ICMP, ignore the rest."""


class Refusal(NamedTuple):
    """A packet that was rejected: the addresses of both containers, the protocol and the port."""

    source: str
    destination: str
    protocol: str
    port: int


def refusal_in(packet: bytes) -> Refusal | None:
    """Read an IP packet; None if it is not a message about a TCP or UDP packet that was rejected."""
    outer = _length(packet)
    if packet[9:10] != bytes([_ICMP]) or packet[outer : outer + 2] != _UNREACHABLE:
        return None
    about = packet[outer + _ICMP_HEADER :]
    inner = _length(about)
    protocol = _PROTOCOLS.get(about[9]) if len(about) >= _HEADER else None
    if protocol is None or len(about) < inner + 4:
        return None
    _, port = struct.unpack_from("!HH", about, inner)
    return Refusal(socket.inet_ntoa(about[12:16]), socket.inet_ntoa(about[16:20]), protocol, port)


def _length(packet: bytes) -> int:
    """The length of the IP header at the start of a packet."""
    return (packet[0] & 15) * 4 if packet else 0


def start_refusals(cells: Sequence[Namespace], client: socket.socket) -> None:
    """Tell the client about refusals in these namespaces, a line of JSON each, until it closes the connection."""
    fork("cfnet watch", partial(_tell, cells, client), [client.fileno(), *(cell.descriptor for cell in cells)])


def _tell(cells: Sequence[Namespace], client: socket.socket) -> None:
    ears = [ear for cell in cells for ear in _ear_in(cell)]
    by_number = {ear.fileno(): ear for ear in ears}
    waiting = select.poll()
    for number in (*by_number, client.fileno()):
        waiting.register(number, select.POLLIN)
    client.sendall(b"[]\n")
    while True:
        for number, _ in waiting.poll():
            if number not in by_number:
                return  # the client has closed the connection
            found = _heard(by_number[number])
            if found:
                client.sendall(json.dumps(found).encode() + b"\n")


def _heard(ear: socket.socket) -> Refusal | None:
    data, (interface, _, direction, *_) = ear.recvfrom(2048)
    # It passes several interfaces; the one towards the container, it passes once.
    to_container = direction == _OUTGOING and interface.startswith(_TO_CONTAINERS)
    return refusal_in(data) if to_container else None


def _ear_in(cell: Namespace) -> Iterator[socket.socket]:
    cell.enter()
    ear = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL_PROTOCOLS))
    program = b"".join(struct.pack("=HBBI", *each) for each in _ONLY_ICMP)
    code = ctypes.create_string_buffer(program)
    ear.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HxxxxxxP", len(_ONLY_ICMP), ctypes.addressof(code)))
    yield ear
