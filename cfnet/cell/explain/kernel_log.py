"""What a LOG rule of a cell writes: its prefix, then the packet in words such as `DPT=8080`.

Source: the prefixes are those of silk-release (`vxlan-policy-agent/planner`, `netrules`); what follows them is
`nf_log_ipv4` in the Linux kernel.
"""

import re
from enum import StrEnum
from ipaddress import ip_address
from typing import Final, NamedTuple

from cfnet.policy.ports import HIGHEST


class Event(StrEnum):
    """What a line reports."""

    ALLOWED = "allowed"
    """A policy accepted a call between apps."""
    REFUSED = "refused"
    """No policy accepted a call between apps."""
    TOO_MANY = "too-many"
    """A container opened connections faster than its limit."""
    OUT_REFUSED = "out-refused"
    """No security group accepted a call of a container out of the overlay network."""
    OUT_ALLOWED = "out-allowed"
    """A security group accepted one."""


BETWEEN_APPS: Final = frozenset({Event.ALLOWED, Event.REFUSED})
"""Calls over the overlay network; all others leave it."""

TAG: Final = "(?:[0-9A-F]{2}){1,4}"
"""A tag as the policy server shows it: two digits for each byte of its `tag_length`, a pattern."""

_ALLOWED: Final = re.compile(rf"OK_({TAG})_(.*)")
_WITH_HANDLE: Final = {
    "DENY_C2C_": Event.REFUSED,
    "DENY_ORL_": Event.TOO_MANY,
    "DENY_": Event.OUT_REFUSED,
    "OK_": Event.OUT_ALLOWED,
}
"""Prefixes with a handle behind them; the first that fits counts."""
_BEGINNINGS: Final = ("OK_", "DENY_")
_FIRST_FIELD: Final = " IN="
_KEY: Final = re.compile(r"[A-Z]{1,10}")
_LONGEST_NUMBER: Final = 10
_LARGEST_MARK: Final = 0xFFFFFFFF


class Prefix(NamedTuple):
    """A log prefix, taken apart. It is cut to 28 bytes, so a GUID or handle in it may be just a beginning.

    Attributes:
        event: what its lines report.
        app: the GUID of the called app, for `ALLOWED`; else empty.
        handle: the container's handle, for all other events; else empty.
        tag: the tag of the calling app, for `ALLOWED`.
    """

    event: Event
    app: str = ""
    handle: str = ""
    tag: int | None = None


class LogLine(NamedTuple):
    """A line. What is None, or empty, is not in it.

    Attributes:
        event: what it reports.
        prefix: the log prefix; empty for lines of iptables-logger, which have none.
        app: the GUID of an app: of the called one for calls between apps, else of the calling one. From a prefix it
            may be just a beginning.
        handle: the handle of that app's container; from a prefix it may be just a beginning.
        source: an IP address.
        destination: an IP address.
        protocol: in lower case.
        port: the destination port.
        mark: the packet's mark.
        tag: the tag of the calling app, from the prefix.
        time: the time of day, as the line has it; seconds since the epoch are converted to RFC 3339.
        uptime: seconds since the kernel started.
        host: the cell: the instance that `bosh ssh` names, or a host name or address.
        times: how many packets the line stands for.
    """

    event: Event
    prefix: str
    app: str
    handle: str
    source: str | None
    destination: str | None
    protocol: str | None
    port: int | None
    mark: int | None
    tag: int | None = None
    time: str | None = None
    uptime: float | None = None
    host: str | None = None
    times: int = 1


class Message(NamedTuple):
    """A kernel message inside of a line.

    Attributes:
        header: what stands before it.
        line: the message, read.
    """

    header: str
    line: LogLine


def read_prefix(text: str) -> Prefix | None:
    """Take a log prefix apart; None if it is not one of Cloud Foundry's."""
    if found := _ALLOWED.fullmatch(text):
        return Prefix(Event.ALLOWED, app=found[2], tag=int(found[1], 16))
    for beginning, event in _WITH_HANDLE.items():
        if text.startswith(beginning):
            return Prefix(event, handle=text.removeprefix(beginning))
    return None


def find_message(text: str) -> Message | None:
    """Find the message of a LOG rule in a line; None if there is none. Each character is looked at a few times."""
    searched = 0
    while (end := text.find(_FIRST_FIELD, searched)) >= 0:
        start = 1 + max(text.rfind(" ", searched, end), text.rfind("\t", searched, end), text.rfind("]", searched, end))
        start = max(start, searched)
        word = text[start:end]
        if word.startswith(_BEGINNINGS) and (prefix := read_prefix(word)):
            return Message(text[:start], _line(word, prefix, text[end:]))
        searched = end + 1
    return None


def ip(text: object) -> str | None:
    """An IP address in its usual form; None for anything else."""
    try:
        return str(ip_address(text)) if isinstance(text, str) else None
    except ValueError:
        return None


def port(text: object) -> int | None:
    """A port; None for anything else."""
    found = _number(text, 10)
    return found if found is not None and found <= HIGHEST else None


def mark(text: object) -> int | None:
    """A mark, as in `0x2`; None for anything else."""
    found = _number(text, 0)
    return found if found is not None and found <= _LARGEST_MARK else None


def _line(word: str, prefix: Prefix, packet: str) -> LogLine:
    fields = _fields(packet)
    return LogLine(
        prefix.event,
        word,
        prefix.app,
        prefix.handle,
        ip(fields.get("SRC")),
        ip(fields.get("DST")),
        fields.get("PROTO", "").lower() or None,
        port(fields.get("DPT")),
        mark(fields.get("MARK")),
        prefix.tag,
    )


def _fields(packet: str) -> dict[str, str]:
    """The words `KEY=VALUE`, the first of each key, up to a bracket: an ICMP error quotes a packet there."""
    fields: dict[str, str] = {}
    for word in packet.partition("[")[0].split():
        key, equals, value = word.partition("=")
        if equals and _KEY.fullmatch(key):
            fields.setdefault(key, value.rstrip("]"))
    return fields


def _number(text: object, base: int) -> int | None:
    if not isinstance(text, str) or not text.isascii() or not text.isalnum() or len(text) > _LONGEST_NUMBER:
        return None
    try:
        return int(text, base)
    except ValueError:
        return None
