"""A DNS server for `apps.internal` at 169.254.0.2 of each cell, as BOSH DNS is in production.

Compared with a hosts file in each container, it needs no mount namespace for each of them, is never out of date, lets
`dig` and every program's resolver work, and passes the rules of the `input--` chain, which admit exactly this.
"""

from __future__ import annotations

import random
import select
import socket
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.dataplane.app_names import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    Lookup: TypeAlias = Callable[[str], Sequence[str] | None]
    """The addresses of a name under `apps.internal`, given without it: empty if it has none, None if it is unknown."""

DNS_SERVER: Final = "169.254.0.2"
PORT: Final = 53

RESOLV_CONF: Final = f"nameserver {DNS_SERVER}\noptions timeout:2 attempts:2\n"
"""What a container's `/etc/resolv.conf` holds."""

NSSWITCH_CONF: Final = "hosts: files dns\n"
"""What a container's `/etc/nsswitch.conf` holds: the host's may ask a resolver that is outside the container."""

_HEADER: Final = struct.Struct("!6H")
_ANSWER: Final = struct.Struct("!HHHIH4s")
_POINTER_TO_QUESTION: Final = 0xC00C
_A, _ANY, _IN = 1, 255, 1
_RESPONSE, _AUTHORITATIVE, _RECURSION_DESIRED, _RECURSION_AVAILABLE = 0x8000, 0x0400, 0x0100, 0x0080
_OPCODE: Final = 0x7800
_FORMAT_ERROR, _NAME_ERROR, _NOT_IMPLEMENTED, _REFUSED = 1, 3, 4, 5
_LARGEST_LABEL: Final = 63
_LARGEST: Final = 512
"""Bytes of a message without extensions."""


class Question(NamedTuple):
    """A question: the name in lower case without the final dot, the type, and its bytes in the message."""

    name: str
    type: int
    wire: bytes


def reply(message: bytes, lookup: Lookup) -> bytes | None:
    """Answer a message; return None for what is not a question.

    Names outside `apps.internal` are refused rather than said not to exist: there is no server to ask about them.
    """
    if len(message) < _HEADER.size or message[2] & 0x80:
        return None
    number, flags, questions, *_ = _HEADER.unpack_from(message)
    flags = _RESPONSE | _AUTHORITATIVE | _RECURSION_AVAILABLE | flags & (_OPCODE | _RECURSION_DESIRED)
    if flags & _OPCODE:
        return _HEADER.pack(number, flags | _NOT_IMPLEMENTED, 0, 0, 0, 0)
    question = _question(message) if questions == 1 else None
    if question is None:
        return _HEADER.pack(number, flags | _FORMAT_ERROR, 0, 0, 0, 0)
    name, suffix, rest = question.name.rpartition(f".{DOMAIN}")
    inside = bool(suffix) and not rest
    found = lookup(name) if inside else None
    if found is None:
        return _HEADER.pack(number, flags | (_NAME_ERROR if inside else _REFUSED), 1, 0, 0, 0) + question.wire
    records = _records(question, found)
    return _HEADER.pack(number, flags, 1, len(records), 0, 0) + question.wire + b"".join(records)


def _records(question: Question, ips: Sequence[str]) -> list[bytes]:
    """The records with these addresses, as many as there is room for, in random order: clients take the first."""
    wanted = random.sample(ips, len(ips)) if question.type in (_A, _ANY) else []
    room = (_LARGEST - _HEADER.size - len(question.wire)) // _ANSWER.size
    return [_ANSWER.pack(_POINTER_TO_QUESTION, _A, _IN, 0, 4, socket.inet_aton(ip)) for ip in wanted[:room]]


def _question(message: bytes) -> Question | None:
    """Read the first question; None if it is malformed."""
    labels = []
    at = _HEADER.size
    while at < len(message) and (size := message[at]):
        labels.append(message[at + 1 : at + 1 + size].decode("latin-1").lower())
        at += 1 + size
        if size > _LARGEST_LABEL:
            return None
    end = at + 5
    if end > len(message):
        return None
    (kind,) = struct.unpack_from("!H", message, at + 1)
    return Question(".".join(labels), kind, message[_HEADER.size : end])


def listening_dns() -> socket.socket:
    """Listen in the network namespace of this thread, a cell's, where an interface must have the server's address.

    Raises:
        OSError: that is impossible.
    """
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.settimeout(0)
    try:
        ear.bind((DNS_SERVER, PORT))
    except OSError:
        ear.close()
        raise
    return ear


def answer_waiting(ear: socket.socket, lookup: Lookup) -> None:
    """Answer the questions that have arrived at a socket."""
    while True:
        try:
            message, client = ear.recvfrom(_LARGEST)
            answer = reply(message, lookup)
            if answer:
                ear.sendto(answer, client)
        except BlockingIOError:
            return
        except OSError:
            continue  # an ICMP message about an earlier answer: the client has gone


def serve_dns(ears: Sequence[socket.socket], lookup: Lookup) -> None:
    """Answer on these sockets until the process ends."""
    waiting = select.poll()
    by_number = {ear.fileno(): ear for ear in ears}
    for number in by_number:
        waiting.register(number, select.POLLIN)
    while True:
        for number, _ in waiting.poll():
            answer_waiting(by_number[number], lookup)
