"""Packets as bytes: IPv4 with TCP or UDP, including the checksums that conntrack checks (RFC 791, 768, 9293)."""

import struct
from ipaddress import IPv4Address
from typing import NamedTuple

_NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17}
_SYN = 0x02
_SYN_ACK = 0x12
_UNREACHABLE = (3, 3)


class Sent(NamedTuple):
    """A packet from one container to another."""

    source: IPv4Address
    destination: IPv4Address
    protocol: str
    source_port: int
    destination_port: int
    answers: bool = False
    """Whether it is the first response to such a packet in the other direction."""

    @property
    def answer(self) -> "Sent":
        """The first response to it."""
        return Sent(self.destination, self.source, self.protocol, self.destination_port, self.source_port, answers=True)

    def encoded(self) -> bytes:
        """The packet as bytes for a raw socket."""
        number = _NUMBERS[self.protocol]
        payload = self._tcp() if self.protocol == "tcp" else self._udp()
        header = struct.pack(
            "!BBHHHBBH4s4s",
            0x45,
            0,
            20 + len(payload),
            0,
            0,
            64,
            number,
            0,
            self.source.packed,
            self.destination.packed,
        )
        return header + payload

    def _tcp(self) -> bytes:
        flags = _SYN_ACK if self.answers else _SYN
        parts = (self.source_port, self.destination_port, 1, 2 if self.answers else 0, 0x50, flags, 1024)
        return struct.pack("!HHIIBBHHH", *parts, self._checksum(struct.pack("!HHIIBBHHH", *parts, 0, 0)), 0)

    def _udp(self) -> bytes:
        parts = (self.source_port, self.destination_port, 8)
        return struct.pack("!HHHH", *parts, self._checksum(struct.pack("!HHHH", *parts, 0)) or 0xFFFF)

    def _checksum(self, payload: bytes) -> int:
        pseudo = struct.pack(
            "!4s4sBBH", self.source.packed, self.destination.packed, 0, _NUMBERS[self.protocol], len(payload)
        )
        total: int = sum(struct.unpack(f"!{(len(pseudo) + len(payload)) // 2}H", pseudo + payload))
        total = (total & 0xFFFF) + (total >> 16)
        return ~(total + (total >> 16)) & 0xFFFF

    def is_in(self, data: bytes) -> bool:
        """Whether these bytes, from a network device, are this packet."""
        ports = struct.pack("!HH", self.source_port, self.destination_port)
        return (
            data[9] == _NUMBERS[self.protocol]
            and data[12:20] == self.source.packed + self.destination.packed
            and data[20:24] == ports
        )

    def is_refused_in(self, data: bytes) -> bool:
        """Whether these bytes are the ICMP message that this packet's port is unreachable (RFC 792)."""
        return data[9] == _NUMBERS["icmp"] and tuple(data[20:22]) == _UNREACHABLE and self.is_in(data[28:])
