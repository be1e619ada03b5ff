"""Application security groups in the database and in JSON, and the validation of their rules (CAPI v3)."""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Final, NamedTuple

from cfnet.policy import BadPorts, Ports
from cfnet.sandbox.resources import Resource

_FIELDS: Final = ("protocol", "destination", "ports", "type", "code", "description", "log")
_PROTOCOLS: Final = ("tcp", "udp", "icmp", "icmpv6", "all")
_PORTS: Final = (
    "ports must be a valid single port, comma separated list of ports, or range or ports, formatted as a string"
)
_DESTINATION: Final = "destination must contain valid CIDR(s), IP address(es), or IP address range(s)"
_BACKWARDS: Final = (
    "beginning of IP address range is numerically greater than the end of its range (range endpoints are inverted)"
)
_MASK: Final = re.compile("[0-9]{1,3}", re.ASCII)
_VERSIONS: Final = {"icmp": 4, "icmpv6": 6}
"""The IP version that the destinations of a protocol must have."""
_LONGEST_PORTS: Final = 4096


class SecurityGroupRow(NamedTuple):
    """A security group in the database; rules and the GUIDs of spaces are JSON."""

    guid: str
    name: str
    rules: str
    running: int
    staging: int
    running_spaces: str
    staging_spaces: str
    created_at: str
    updated_at: str


COLUMNS: Final = ", ".join(
    (
        "guid, name, rules, running, staging",
        *(
            "(SELECT json_group_array(space_guid) FROM (SELECT space_guid FROM security_group_spaces"  # noqa: S608 - constant SQL
            f" WHERE group_guid = security_groups.guid AND lifecycle = '{lifecycle}' ORDER BY id))"
            for lifecycle in ("running", "staging")
        ),
        "created_at, updated_at",
    )
)


def show(row: SecurityGroupRow, base: str) -> Resource:
    """Show a security group."""
    return {
        "guid": row.guid,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "name": row.name,
        "globally_enabled": {"running": bool(row.running), "staging": bool(row.staging)},
        "rules": json.loads(row.rules),
        "relationships": {
            "running_spaces": {"data": [{"guid": guid} for guid in json.loads(row.running_spaces)]},
            "staging_spaces": {"data": [{"guid": guid} for guid in json.loads(row.staging_spaces)]},
        },
        "links": {"self": {"href": f"{base}/v3/security_groups/{row.guid}"}},
    }


def only_spaces(row: SecurityGroupRow, spaces: frozenset[str]) -> SecurityGroupRow:
    """Remove all other spaces, which the user cannot see, from the group."""
    running, staging = (
        json.dumps([guid for guid in json.loads(text) if guid in spaces])
        for text in (row.running_spaces, row.staging_spaces)
    )
    return row._replace(running_spaces=running, staging_spaces=staging)


def bind(db: sqlite3.Connection, group: str, spaces: Sequence[str], lifecycle: str) -> None:
    """Bind a group to spaces, for running or for staging apps."""
    db.executemany(
        "INSERT OR IGNORE INTO security_group_spaces (group_guid, space_guid, lifecycle) VALUES (?, ?, ?)",
        [(group, space, lifecycle) for space in spaces],
    )


def faults(rules: object) -> list[str]:
    """Validate rules, and return the Cloud Controller's error messages."""
    if not isinstance(rules, list):
        return ["Rules must be an array"]
    return [
        f"Rules[{number}]: {fault}"
        for number, rule in enumerate(rules)
        for fault in (_faults(rule) if isinstance(rule, dict) else ["must be an object"])
    ]


def _faults(rule: Mapping[str, object]) -> Iterator[str]:
    protocol = rule.get("protocol")
    checks = (
        (all(name in _FIELDS for name in rule), f"unknown field(s): {_unknown(rule)}"),
        (protocol in _PROTOCOLS, "protocol must be 'tcp', 'udp', 'icmp', 'icmpv6' or 'all'"),
        (isinstance(rule.get("description", ""), str), "description must be a string"),
        (isinstance(rule.get("log", False), bool), "log must be a boolean"),
    )
    yield from (fault for good, fault in checks if not good)
    yield from _destination_faults(rule.get("destination"), str(protocol))
    match protocol:
        case "tcp" | "udp":
            yield from _port_faults(rule.get("ports"))
        case "icmp" | "icmpv6":
            for name in ("code", "type"):
                yield from _message_faults(name, rule.get(name))
        case "all" if rule.get("ports") is not None:
            yield "ports are not allowed for protocols of type all"


def _unknown(rule: Mapping[str, object]) -> str:
    return json.dumps([name for name in rule if name not in _FIELDS])


def _port_faults(ports: object) -> Iterator[str]:
    if ports is None:
        yield "ports are required for protocols of type TCP and UDP"
    elif not _are_ports(ports):
        yield _PORTS


def _message_faults(name: str, value: object) -> Iterator[str]:
    if value is None:
        yield f"{name} is required for protocols of type ICMP"
    elif not _is_message(value):
        yield f"{name} must be an integer between -1 and 255 (inclusive)"


def _is_message(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -1 <= value <= 255  # noqa: PLR2004 - a byte


def _destination_faults(value: object, protocol: str) -> Iterator[str]:
    """Validate a comma-separated list of IPv4 and IPv6 networks, addresses and ranges."""
    if not isinstance(value, str):
        yield _DESTINATION if value is None else "destination must be a string"
        return
    if any(map(str.isspace, value)):
        yield "destination must not contain whitespace"
        return
    for part in value.split(","):
        try:
            version = _version(part)
        except _BadDestination as fault:
            yield str(fault)
            continue
        only = _VERSIONS.get(protocol, version)
        if version != only:
            yield f'for protocol "{protocol}" you can only use IPv{only} addresses'


class _BadDestination(ValueError):
    """A destination is invalid."""


def _version(text: str) -> int:
    """Return the IP version of a network, an address or a range.

    Raises:
        _BadDestination: it is invalid.
    """
    begin, dash, end = text.partition("-")
    try:
        if dash:
            first, last = ip_address(begin), ip_address(end)
        else:
            address, slash, mask = text.partition("/")
            first = last = ip_address(address)
            if slash and not (_MASK.fullmatch(mask) and int(mask) <= first.max_prefixlen):
                raise _BadDestination(_DESTINATION)
    except ValueError as fault:
        raise _BadDestination("destination IP address range is invalid" if dash else _DESTINATION) from fault
    if first.version != last.version:
        raise _BadDestination("destination IP address range is invalid")
    if int(first) > int(last):
        raise _BadDestination(_BACKWARDS)
    return first.version


def _are_ports(value: object) -> bool:
    if not isinstance(value, str) or len(value) > _LONGEST_PORTS:
        return False
    parts = [part.strip() for part in value.split(",")]
    try:
        ports = [Ports.parse(part) for part in parts]
    except BadPorts:
        return False
    return all(each.start == each.end for each in ports) or len(ports) == 1
