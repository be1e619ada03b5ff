"""Parses bodies of requests to the policy server like its Go code (`policy-server/api`: mapper and validator).

Keys are case-insensitive, unknown ones are ignored; null and missing values are treated as empty. The text after
`unmarshal json: ` is Go's where that is easy, otherwise our own.
"""

import json
import re
from typing import Final, NamedTuple, NoReturn

from cfnet.policy import Policy, Ports, Protocol
from cfnet.policy.ports import HIGHEST

_INT64: Final = 2**63
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Malformed(Exception):
    """The body is invalid; the message is the policy server's."""


class _Entry(NamedTuple):
    source: str
    destination: str
    protocol: str
    ports: Ports
    tagged: bool


def read(body: bytes) -> list[Policy]:
    """Parse and validate the policies in the body of a request.

    Raises:
        Malformed: with the policy server's message for the first fault.
    """
    try:
        entries = _unmarshal(body)
    except Malformed as error:
        raise Malformed(f"mapper: unmarshal json: {error}") from error
    if not entries:
        raise Malformed("mapper: validate policies: missing policies")
    for entry in entries:
        if fault := _fault(entry):
            raise Malformed(f"mapper: validate policies: {fault}")
    return [Policy(entry.source, entry.destination, Protocol(entry.protocol), entry.ports) for entry in entries]


def _fault(entry: _Entry) -> str:
    start, end = entry.ports
    checks = (
        (not entry.source, "missing source id"),
        (not entry.destination, "missing destination id"),
        (entry.protocol not in {"tcp", "udp"}, "invalid destination protocol, specify either udp or tcp"),
        (start > end, f"invalid port range {start}-{end}, start must be less than or equal to end"),
        (start < 0, f"invalid start port {start}, must be in range 1-65535"),
        (start == 0, "missing start port"),
        (end > HIGHEST, f"invalid end port {end}, must be in range 1-65535"),
        (entry.tagged, "tags may not be specified"),
    )
    return next((fault for wrong, fault in checks if wrong), "")


def _unmarshal(body: bytes) -> list[_Entry]:
    text = body.decode("utf-8", "replace")
    try:
        # Go matches keys case-insensitively; if two of them match, the last one wins.
        value = json.loads(
            text, object_pairs_hook=lambda pairs: {key.lower(): item for key, item in pairs}, parse_constant=_no_number
        )
    except json.JSONDecodeError as error:
        if not text[error.pos :].strip():
            raise Malformed("unexpected end of JSON input") from error
        raise Malformed(f"invalid character '{text[error.pos]}' in JSON input") from error
    except RecursionError as error:
        raise Malformed("exceeded max depth") from error
    except ValueError as error:
        raise Malformed(f"invalid number in JSON input: {error}") from error
    whole = _object(value, "policies")
    _integer(whole.get("total_policies"), "total_policies")
    return [_entry(item) for item in _array(whole.get("policies"), "policies")]


def _entry(value: object) -> _Entry:
    entry = _object(value, "policies")
    source = _object(entry.get("source"), "source")
    destination = _object(entry.get("destination"), "destination")
    ports = _object(destination.get("ports"), "ports")
    tagged = [_text(end.get("tag"), "tag") for end in (source, destination)]
    return _Entry(
        source=_text(source.get("id"), "id"),
        destination=_text(destination.get("id"), "id"),
        protocol=_text(destination.get("protocol"), "protocol"),
        ports=Ports(_integer(ports.get("start"), "start"), _integer(ports.get("end"), "end")),
        tagged=any(tagged),
    )


def _object(value: object, field: str) -> dict[str, object]:
    if value is None:
        return {}
    return value if isinstance(value, dict) else _mismatch(value, field, "struct")


def _array(value: object, field: str) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else _mismatch(value, field, "slice")


def _text(value: object, field: str) -> str:
    if value is None:
        return ""
    # Go replaces an unpaired surrogate by U+FFFD.
    return _LONE_SURROGATE.sub("\ufffd", value) if isinstance(value, str) else _mismatch(value, field, "string")


def _integer(value: object, field: str) -> int:
    if value is None:
        return 0
    if isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64:
        return value
    return _mismatch(value, field, "int")


def _mismatch(value: object, field: str, wanted: str) -> NoReturn:
    kinds = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    raise Malformed(f"json: cannot unmarshal {kinds[type(value)]} into Go struct field .{field} of type {wanted}")


def _no_number(text: str) -> NoReturn:
    raise Malformed(f"invalid character '{text[0]}' looking for beginning of value")
