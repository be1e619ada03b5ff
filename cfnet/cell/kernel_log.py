"""Lines of the kernel's log that a cell's LOG rules write: who called whom, and what became of it.

Source: the prefixes are those of silk-release (`vxlan-policy-agent/planner`, `netrules`); what follows them is
`nf_log_ipv4` in the Linux kernel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from cfnet.policy import Policy, Ports, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfnet.cell.names import Names


class Event(StrEnum):
    """What a line tells."""

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


TAG: Final = "(?:[0-9A-F]{2}){1,4}"
"""A tag as the policy server shows it: two digits for each byte of its `tag_length`, a pattern."""

_PREFIXES: Final = (
    (re.compile(rf"OK_{TAG}_(.*)"), Event.ALLOWED),
    (re.compile(r"DENY_C2C_(.*)"), Event.REFUSED),
    (re.compile(r"DENY_ORL_(.*)"), Event.TOO_MANY),
    (re.compile(r"DENY_(.*)"), Event.OUT_REFUSED),
    (re.compile(r"OK_(.*)"), Event.OUT_ALLOWED),
)
_BETWEEN_APPS: Final = frozenset({Event.ALLOWED, Event.REFUSED})
_LINE = re.compile(r"(?:^|.*?[\s\]])(?P<prefix>(?:OK|DENY)_\S+) (?=IN=)(?P<fields>.*)")
_FIELD = re.compile(r"([A-Z]+)=(\S*)")


PoliciesByEnds: TypeAlias = Mapping[tuple[str, str, Protocol], Sequence[Policy]]
"""Policies by source, destination and protocol."""


class LogLine(NamedTuple):
    """A line. What is None stood not in it.

    Attributes:
        beginning: how the called app's GUID begins for `ALLOWED`, and the container's handle for all others.
        protocol: in lower case.
    """

    event: Event
    prefix: str
    beginning: str
    source: str | None
    destination: str | None
    protocol: str | None
    port: int | None
    mark: int | None


class LoggedCall(NamedTuple):
    """Who called whom, as far as it is known: apps by their GUIDs.

    Attributes:
        policy: the policy that allowed the call.
        missing: the policy that would have.
    """

    source: str | None
    destination: str | None
    policy: Policy | None = None
    missing: Policy | None = None


def read_log_line(line: str) -> LogLine | None:
    """The line of a cell's LOG rule, with whatever syslog put before it; None where it is none."""
    found = _LINE.fullmatch(line.strip())
    if not found:
        return None
    fields = dict(_FIELD.findall(found["fields"].partition("[")[0]))  # an ICMP error quotes a packet in brackets
    read = read_prefix(found["prefix"])
    if not read:
        return None
    event, beginning = read
    return LogLine(
        event,
        found["prefix"],
        beginning,
        _address(fields.get("SRC")),
        _address(fields.get("DST")),
        fields.get("PROTO", "").lower() or None,
        _number(fields.get("DPT")),
        _number(fields.get("MARK")),
    )


def read_prefix(prefix: str) -> tuple[Event, str] | None:
    """What a line with this prefix tells, and how the app's GUID or the container's handle in it begins.

    None for other people's prefixes.
    """
    for pattern, event in _PREFIXES:
        if found := pattern.fullmatch(prefix):
            return event, found[1]
    return None


def by_ends(policies: Iterable[Policy]) -> PoliciesByEnds:
    """Policies, to be found quickly."""
    found: dict[tuple[str, str, Protocol], list[Policy]] = {}
    for policy in policies:
        found.setdefault(policy[:3], []).append(policy)
    return found


def call_of(line: LogLine, names: Names, policies: PoliciesByEnds) -> LoggedCall:
    """Whose call it was, by addresses, mark and prefix together; `policies` are all there are (`by_ends`).

    Addresses are given to new containers in time: where the mark, or the beginning of the GUID, says that an address
    belonged to another app, that is believed.
    """
    source = _source(line, names)
    destination = _destination(line, names)
    between = line.event in _BETWEEN_APPS and source and destination
    if not between or line.port is None or line.protocol not in list(Protocol):
        return LoggedCall(source, destination)
    wanted = Policy(source or "", destination or "", Protocol(line.protocol), Ports(line.port, line.port))
    if line.event is Event.REFUSED:
        return LoggedCall(source, destination, missing=wanted)
    candidates = policies.get(wanted[:3], ())
    fits = (each for each in candidates if each.ports.start <= line.port <= each.ports.end)
    return LoggedCall(source, destination, policy=next(fits, None))


def _source(line: LogLine, names: Names) -> str | None:
    if line.mark and line.mark in names.marks:
        return names.marks[line.mark]
    at = names.instances.get(line.source or "")
    if at and at.app:
        return at.app
    return None if line.event in _BETWEEN_APPS else _of_handle(line.beginning, names)


def _destination(line: LogLine, names: Names) -> str | None:
    at = names.instances.get(line.destination or "")
    if line.event is Event.ALLOWED:
        if at and at.app.startswith(line.beginning):
            return at.app
        fits = names.guids_like(line.beginning)
        return fits[0] if len(fits) == 1 else None
    if at and at.app:
        return at.app
    return _of_handle(line.beginning, names) if line.event is Event.REFUSED else None


def _of_handle(beginning: str, names: Names) -> str | None:
    fits = {each.app for each in names.containers_like(beginning)}
    return fits.pop() or None if len(fits) == 1 else None


def _address(text: str | None) -> str | None:
    try:
        return str(IPv4Address(text)) if text else None
    except ValueError:
        return None


def _number(text: str | None) -> int | None:
    try:
        return int(text, 0) if text else None
    except ValueError:
        return None
