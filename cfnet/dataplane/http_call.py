"""One HTTP request from inside a container, and what became of it: the kernel's own words, nothing concluded."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time
from enum import StrEnum
from typing import Final, NamedTuple

PATIENCE: Final = 5.0
"""Seconds for the whole call."""

LARGEST_BODY: Final = 10_000_000

_HEAD_END: Final = b"\r\n\r\n"
_SEGMENTS_IN: Final = 140
"""The offset of `tcpi_segs_in` in Linux's `struct tcp_info`: how many TCP segments the other side has sent."""


class CallResult(StrEnum):
    """How a call ended."""

    ANSWERED = "answered"
    UNKNOWN_NAME = "unknown name"
    """The DNS server says that the name does not exist."""
    NO_RESOLVER = "no resolver"
    """The DNS server did not answer."""
    RESET = "reset"
    """The other end's kernel answered: nothing listens on the port."""
    REFUSED = "refused"
    """An ICMP message said so: a firewall rejected the packet."""
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BROKEN = "broken"
    """Connected, but what came was no HTTP answer."""


class CallOutcome(NamedTuple):
    """How a call ended.

    Attributes:
        result: the way it ended.
        address: the IP that was called; empty if the name did not resolve.
        status: the status of the HTTP answer, 0 without one.
        body: the body of the answer.
        detail: the operating system's message.
    """

    result: CallResult
    address: str = ""
    status: int = 0
    body: bytes = b""
    detail: str = ""


class CallTarget(NamedTuple):
    """Where to call: `HOST:PORT[/PATH]`."""

    host: str
    port: int
    path: str = "/"

    @classmethod
    def parse(cls, text: str) -> CallTarget:
        """Read `HOST[:PORT][/PATH]`, with or without `http://` in front; the port is 80 if it is missing.

        Raises:
            ValueError: it does not have this form.
        """
        authority, slash, path = text.removeprefix("http://").partition("/")
        host, colon, port = authority.partition(":")
        number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0  # noqa: PLR2004 - 65535
        if not host or not _printable(text) or (colon and not 0 < number <= 0xFFFF):  # noqa: PLR2004 - 16 bits
            raise ValueError(f"not a target: {text!r}")
        return cls(host, number if colon else 80, f"/{path}" if slash else "/")

    @classmethod
    def read(cls, values: object) -> CallTarget:
        """Read a host, a port and a path from JSON; what is missing or wrong leads nowhere."""
        match values:
            case [str(host), int(port), str(path)] if 0 < port <= 0xFFFF:  # noqa: PLR2004 - 16 bits
                return cls(host, port, path)
        return cls("", 1)


def call(target: CallTarget, patience: float = PATIENCE) -> CallOutcome:
    """Send `GET` and return what happened, after `patience` seconds at most (the resolver has its own timeout)."""
    try:
        address = resolved(target.host)
    except socket.gaierror as error:
        unknown = error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
        return CallOutcome(CallResult.UNKNOWN_NAME if unknown else CallResult.NO_RESOLVER, detail=error.strerror or "")
    except UnicodeError as error:
        return CallOutcome(CallResult.UNKNOWN_NAME, detail=str(error))
    deadline = time.monotonic() + patience
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as wire:
        refused = _connected(wire, (address, target.port), patience)
        if refused:
            return refused._replace(address=address)
        try:
            return _answer(_exchanged(wire, _request(target), deadline))._replace(address=address)
        except TimeoutError:
            return CallOutcome(CallResult.TIMEOUT, address, detail="connected, but no answer came")
        except OSError as error:
            return CallOutcome(CallResult.BROKEN, address, detail=error.strerror or str(error))


def resolved(host: str) -> str:
    """Return the first IPv4 address of a host.

    Raises:
        socket.gaierror: it has none.
        UnicodeError: this cannot be the name of a host.
    """
    found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
    return str(found[0][4][0])


def _connected(wire: socket.socket, address: tuple[str, int], patience: float) -> CallOutcome | None:
    """Connect; return how that failed, None if it did not."""
    wire.settimeout(0)
    number = wire.connect_ex(address)
    if number == errno.EINPROGRESS:
        waiting = select.poll()
        waiting.register(wire, select.POLLOUT)
        if not waiting.poll(max(0, round(patience * 1000))):
            return CallOutcome(CallResult.TIMEOUT, detail="no answer")
        # Read before the error, which resets it.
        answered = segments_received(wire)
        number = wire.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    else:
        answered = 0
    if number == 0:
        return None
    detail = os.strerror(number)
    if number == errno.ECONNREFUSED:
        return CallOutcome(CallResult.RESET if answered else CallResult.REFUSED, detail=detail)
    if number == errno.ETIMEDOUT:
        return CallOutcome(CallResult.TIMEOUT, detail=detail)
    return CallOutcome(CallResult.UNREACHABLE, detail=detail)


def segments_received(wire: socket.socket) -> int:
    """How many TCP segments have arrived: the refusal of a host is one, an ICMP message of a firewall is not."""
    told = wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SEGMENTS_IN + 4)
    return int(struct.unpack_from("=I", told, _SEGMENTS_IN)[0]) if len(told) >= _SEGMENTS_IN + 4 else 0


def _request(target: CallTarget) -> bytes:
    # HTTP/1.0: the answer ends where the connection does, so it is never in chunks.
    return f"GET {target.path} HTTP/1.0\r\nHost: {target.host}:{target.port}\r\nConnection: close\r\n\r\n".encode()


def _exchanged(wire: socket.socket, request: bytes, deadline: float) -> bytes:
    """Send a request and return everything that comes back, up to a limit."""
    wire.settimeout(max(0.001, deadline - time.monotonic()))
    wire.sendall(request)
    received = bytearray()
    while len(received) < LARGEST_BODY:
        wire.settimeout(max(0.001, deadline - time.monotonic()))
        data = wire.recv(65536)
        if not data:
            break
        received += data
    return bytes(received)


def _answer(received: bytes) -> CallOutcome:
    head, end, body = received.partition(_HEAD_END)
    words = head.split(b"\r\n", 1)[0].split(None, 2)
    if not end or not words[1:] or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return CallOutcome(CallResult.BROKEN, detail="the answer is not HTTP")
    return CallOutcome(CallResult.ANSWERED, status=int(words[1]), body=body)


def _printable(text: str) -> bool:
    return text.isascii() and all(" " < sign < "\x7f" for sign in text)
