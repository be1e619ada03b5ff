"""Read the output of LOG rules on a cell: a prefix, then packet fields such as `DPT=8080`.

Sources: silk-release for the prefixes (`vxlan-policy-agent/planner`, `netrules`), `nf_log_ipv4` in the Linux kernel for
the fields.
"""

import re
from enum import StrEnum
from ipaddress import ip_address
from typing import Final, NamedTuple

from cfnet.policy.ports import HIGHEST


class Event(StrEnum):
    """The event that a line reports."""

    ALLOWED = "allowed"
    """A policy accepted a call between apps."""
    REFUSED = "refused"
    """No policy accepted a call between apps."""
    TOO_MANY = "too-many"
    """A container exceeded its connection rate limit."""
    OUT_REFUSED = "out-refused"
    """No security group accepted a container's call out of the overlay network."""
    OUT_ALLOWED = "out-allowed"
    """A security group accepted a container's call out of the overlay network."""


BETWEEN_APPS: Final = frozenset({Event.ALLOWED, Event.REFUSED})
"""Calls on the overlay network; all others leave it."""

TAG: Final = "(?:[0-9A-F]{2}){1,4}"
"""Pattern of a tag in the policy server's format: two digits per byte of its `tag_length`."""

_ALLOWED: Final = re.compile(rf"OK_({TAG})_(.*)")
_WITH_HANDLE: Final = {
    "DENY_C2C_": Event.REFUSED,
    "DENY_ORL_": Event.TOO_MANY,
    "DENY_": Event.OUT_REFUSED,
    "OK_": Event.OUT_ALLOWED,
}
"""Prefixes that are followed by a handle; the first match counts."""
_BEGINNINGS: Final = ("OK_", "DENY_")
_FIRST_FIELD: Final = " IN="
_FIELD: Final = re.compile(r"(?<!\S)(SRC|DST|PROTO|DPT|MARK)=(\S*)")
_BYTE: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4: Final = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}", re.ASCII)
"""An IPv4 address in canonical form."""
_LONGEST_NUMBER: Final = 10
_LARGEST_MARK: Final = 0xFFFFFFFF


class Prefix(NamedTuple):
    """A parsed log prefix. Prefixes are truncated to 28 bytes, so GUID or handle may be incomplete.

    Attributes:
        event: the event that its lines report.
        app: the GUID of the called app, for `ALLOWED`; otherwise empty.
        handle: the container's handle, for all other events; otherwise empty.
        tag: the tag of the calling app, for `ALLOWED`.
    """

    event: Event
    app: str = ""
    handle: str = ""
    tag: int | None = None


class LogLine(NamedTuple):
    """A parsed line. Fields that are missing in the line are None or empty.

    Attributes:
        event: the event that it reports.
        prefix: the log prefix; empty for lines of iptables-logger, which have none.
        app: the GUID of the called app for calls between apps, otherwise of the caller; may be truncated if taken from
            a prefix.
        handle: the handle of that app's container; may be truncated if taken from a prefix.
        source: an IP address.
        destination: an IP address.
        protocol: in lower case.
        port: the destination port.
        mark: the packet's mark.
        tag: the tag of the calling app, from the prefix.
        time: date and time, as written; seconds since the epoch are converted to RFC 3339.
        uptime: seconds since the kernel started.
        host: the cell: its instance name from `bosh ssh`, or a host name or address.
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
    """A kernel message within a line.

    Attributes:
        header: the text before it.
        line: the parsed message.
    """

    header: str
    line: LogLine


def read_prefix(text: str) -> Prefix | None:
    """Parse a log prefix; return None if it is not one of Cloud Foundry's."""
    if found := _ALLOWED.fullmatch(text):
        return Prefix(Event.ALLOWED, app=found[2], tag=int(found[1], 16))
    for beginning, event in _WITH_HANDLE.items():
        if text.startswith(beginning):
            return Prefix(event, handle=text.removeprefix(beginning))
    return None


def find_message(text: str) -> Message | None:
    """Find the message of a LOG rule in a line, or return None. Takes linear time."""
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
    """Return an IP address in canonical form; None for anything else."""
    if not isinstance(text, str):
        return None
    return text if _IPV4.fullmatch(text) else _canonical(text)


def _canonical(text: str) -> str | None:
    """Return an IP address in canonical form."""
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def port(text: object) -> int | None:
    """Parse a port; return None for anything else."""
    found = _number(text, 10)
    return found if found is not None and found <= HIGHEST else None


def mark(text: object) -> int | None:
    """Parse a mark such as `0x2`; return None for anything else."""
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
    """Return the fields `KEY=VALUE` that are read, the first per key.

    After a bracket, an ICMP error quotes another packet.
    """
    fields: dict[str, str] = {}
    for key, value in _FIELD.findall(packet.partition("[")[0]):
        fields.setdefault(key, value.rstrip("]"))
    return fields


def _number(text: object, base: int) -> int | None:
    if not isinstance(text, str) or not text.isascii() or not text.isalnum() or len(text) > _LONGEST_NUMBER:
        return None
    try:
        return int(text, base)
    except ValueError:
        return None
