"""Write policies as a document. Applying it to the foundation they come from changes nothing."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.document.document import SpaceName
from cfnet.document.nodes import ScalarKind, kind_of
from cfnet.document.variables import PATTERN as VARIABLE
from cfnet.policy.invisible import find_invisible
from cfnet.policy.limits import DEFAULT_PORTS, DEFAULT_PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.policy import App, Policy, Ports, Protocol

SCHEMA_FILE: Final = "cfnet.schema.json"
"""The schema that editors validate documents with: the output of `cfnet schema`, saved in the same directory."""

_ON_A_LINE: Final = 4
_PORTS_ON_A_LINE: Final = 8
"""With more on one line, a git diff would not show which port has changed."""
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")
_GUESSED = re.compile(r"[yYnN]|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt].*)?")
"""Texts that some YAML 1.1 parsers read as a boolean or a date although `kind_of` does not."""
_ESCAPED = re.compile(r"[\"\\\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")


class _End(NamedTuple):
    """An end of a policy: its sort key, its text and its comment."""

    order: tuple[int, str]
    text: str
    comment: str


def write(
    policies: Iterable[Policy],
    apps: Mapping[str, App],
    *,
    space: SpaceName | None,
    owns: Sequence[SpaceName] | None,
    complete: bool = True,
) -> str:
    """Write a document that declares `policies`, sorted by name; policies that differ only in ports share an entry.

    Args:
        policies: the policies to declare.
        apps: the apps with known names, by GUID; others are written as GUIDs with a comment.
        space: the space for bare names; if None, all names are written in full.
        owns: the spaces that the document owns; if None, it does not say, which means `space`.
        complete: whether these are all policies; if not, the document says so.
    """
    lines = [f"# yaml-language-server: $schema={SCHEMA_FILE}", "version: 1"]
    if not complete:
        lines += ["# There may be more policies: without network.admin, only some are visible.", "complete: false"]
    if space:
        lines.append(f"space: {_quoted(str(space))}")
    if owns is not None:
        lines += _owned([_quoted(str(each)) for each in owns])
    ends: dict[str, _End] = {}

    def end(guid: str) -> _End:
        if guid not in ends:
            ends[guid] = _end(guid, apps.get(guid), space)
        return ends[guid]

    def key(policy: Policy) -> tuple[_End, _End, Protocol]:
        return end(policy.source), end(policy.destination), policy.protocol

    ordered = sorted(set(policies), key=lambda policy: (key(policy), policy.ports))
    lines.append("policies:" if ordered else "policies: []")
    for (source, destination, protocol), group in groupby(ordered, key):
        lines += _entry(source, destination, protocol, [policy.ports for policy in group])
    return "\n".join(lines) + "\n"


def can_say(space: SpaceName) -> bool:
    """Whether a document can express the name of `space`: no slashes, variables or control characters."""
    return all("/" not in part and _sayable(part) for part in space)


def _owned(spaces: Sequence[str]) -> list[str]:
    if len(spaces) <= _ON_A_LINE:
        return [f"owns: [{', '.join(spaces)}]"]
    return ["owns:", *(f"  - {space}" for space in spaces)]


def _entry(source: _End, destination: _End, protocol: Protocol, ports: Sequence[Ports]) -> list[str]:
    lines = [
        f"  - source: {source.text}{source.comment}",
        f"    destination: {destination.text}{destination.comment}",
    ]
    if protocol is DEFAULT_PROTOCOL and list(ports) == [DEFAULT_PORTS]:
        return lines
    return [*lines, f"    protocol: {protocol}", *_ports(ports)]


def _ports(ports: Sequence[Ports]) -> list[str]:
    if len(ports) > _PORTS_ON_A_LINE:
        return ["    ports:", *(f"      - {each}" for each in ports)]
    listed = ", ".join(map(str, ports))
    return [f"    ports: {listed}" if len(ports) == 1 else f"    ports: [{listed}]"]


def _end(guid: str, app: App | None, space: SpaceName | None) -> _End:
    if app is None:
        return _End((1, guid), f"{{guid: {_quoted(guid)}}}", "  # no visible app has this GUID")
    parts = (app.space.org.name, app.space.name)
    if not all(map(_sayable, (*parts, app.name))):
        name = _in_comment(app.path)
        return _End((1, guid), f"{{guid: {_quoted(guid)}}}", f"  # name not allowed in documents: {name}")
    order = (0, app.path)
    own = space is not None and parts == tuple(space)
    if "/" not in "".join((*parts, app.name)) and "*" not in app.path:
        return _End(order, _quoted(app.name if own else app.path), "")
    name = f"app: {_quoted(app.name)}"
    if own:
        return _End(order, f"{{{name}}}", "")
    if can_say(SpaceName(*parts)):
        return _End(order, f"{{{name}, space: {_quoted('/'.join(parts))}}}", "")
    return _End(order, f"{{{name}, space: {_quoted(parts[1])}, org: {_quoted(parts[0])}}}", "")


def _in_comment(text: str) -> str:
    """Escape invisible characters and line breaks in `text`."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


def _sayable(name: str) -> bool:
    """Whether the name is read back unchanged: not empty, no variables, no invisible characters."""
    return (
        bool(name)
        and not find_invisible(name)
        and not re.search(rf"{VARIABLE}|[\x00-\x1f\x7f-\x9f\ud800-\udfff]", name)
    )


def _quoted(text: str) -> str:
    """Return `text` as a YAML scalar, quoted if necessary."""
    if _PLAIN.fullmatch(text) and kind_of(text) is ScalarKind.TEXT and not _GUESSED.fullmatch(text):
        return text
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return f"\\{character}" if character in '"\\' else f"\\u{ord(character):04x}"
