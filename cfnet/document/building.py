"""Build a document from parsed YAML nodes, checking their form first."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.document.check import check
from cfnet.document.document import (
    AppGuid,
    AppName,
    AppPattern,
    AppRef,
    Document,
    Expectation,
    Ignored,
    Mention,
    Owned,
    PolicyEntry,
    PortsThere,
    SpaceName,
)
from cfnet.document.expectations import ANY_APP
from cfnet.document.faults import Code, FaultReport
from cfnet.document.grammar import DOCUMENT, ENTRY, EXPECTATION, IGNORED, LINT
from cfnet.document.lint_reading import lint_section, suppressions
from cfnet.document.nodes import Mapping, Node, PlainEntry, Scalar, ScalarKind, Sequence
from cfnet.policy import Ports, Protocol
from cfnet.policy.limits import DEFAULT_PORTS, DEFAULT_PROTOCOL
from cfnet.policy.ports import HIGHEST
from cfnet.policy.requirement import RequirementKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.document.forms import MappingForm
    from cfnet.document.lint_section import LintSection

_PROTOCOLS: Final = {protocol.value: protocol for protocol in Protocol}
_new = tuple.__new__
"""Creates a NamedTuple without a call in between: a document may have 100,000 entries."""
_RANGE: Final = re.compile(r"([1-9][0-9]{0,4})-([1-9][0-9]{0,4})")


def build(root: Node, targeted: SpaceName | None, report: FaultReport) -> Document | None:
    """Build a document from the valid parts of `root`, so that later checks can run despite faults.

    `targeted` is the space of bare names if the document does not set one; None if unknown. Return None if `root` is
    not a mapping.
    """
    sound = check(DOCUMENT, root, report) and not report
    if not isinstance(root, Mapping):
        return None
    said = _text(root.get("space"))
    space = SpaceName(*said.split("/")) if said.count("/") == 1 else targeted
    _refuse_backward_ranges(root, report)
    _refuse_two_kinds(root, report)
    builder = _Builder(space)
    owns = root.get("owns")
    complete = root.get("complete")
    return Document(
        root.place.file,
        builder.owned(owns) if isinstance(owns, Sequence) else builder.owned_by_default(root),
        tuple(builder.entries(root.get("policies"), sound=sound)),
        tuple(builder.ignored(item) for item in _items(IGNORED, root.get("ignore"), sound=sound)),
        complete=not (isinstance(complete, Scalar) and complete.text == "false"),
        expectations=tuple(_expectations(builder, root, sound=sound)),
        lint=_lint(root.get("lint"), sound=sound),
    )


def _expectations(builder: _Builder, root: Mapping, *, sound: bool) -> Iterator[Expectation]:
    for item in _items(EXPECTATION, root.get("expect"), sound=sound):
        for kind in RequirementKind:
            if item.get(kind):
                yield builder.expectation(item, kind)


def _lint(node: Node | None, *, sound: bool) -> LintSection | None:
    """Return what a document says under `lint`, if that has a valid form."""
    return lint_section(node) if node and (sound or check(LINT, node, FaultReport())) else None


def _items(form: MappingForm, node: Node | None, *, sound: bool) -> Iterator[Mapping]:
    """Yield the list items that have a valid form and no unset variables; the others have been reported."""
    for item in _children(node):
        if isinstance(item, Mapping) and _is_sound(form, item, sound=sound):
            yield item


def _is_sound(form: MappingForm, item: Mapping, *, sound: bool) -> bool:
    return sound or (check(form, item, FaultReport()) and not _has_open_variable(item))


def _refuse_backward_ranges(root: Mapping, report: FaultReport) -> None:
    """Report backward port ranges, even in items with other faults: fixing those should not reveal new faults."""
    for item in (*_children(root.get("policies")), *_children(root.get("ignore")), *_expected(root)):
        ports = item.get("ports") if isinstance(item, Mapping) else None
        for node in _each(ports) if ports else ():
            text = _text(node)
            found = _RANGE.fullmatch(text) if "-" in text else None
            if found and int(found[1]) > int(found[2]):
                guess = f"{found[2]}-{found[1]}" if int(found[1]) <= HIGHEST else ""
                report(Code.BACKWARD_RANGE, node.place, node, "the lower port first", guess=guess)


def _expected(root: Mapping) -> Iterator[Node | None]:
    """Yield the mappings under `allowed` and `denied` of each expectation."""
    for item in _children(root.get("expect")):
        if isinstance(item, Mapping):
            yield from map(item.get, RequirementKind)


def _refuse_two_kinds(root: Mapping, report: FaultReport) -> None:
    for item in _children(root.get("expect")):
        if isinstance(item, Mapping) and all(item.get(kind) for kind in RequirementKind):
            report(Code.TWO_KINDS, item.place, "one item with two expectations", "an item of the list for each")


def _children(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else ()


def _has_open_variable(node: Node) -> bool:
    match node:
        case Scalar():
            return node.kind is ScalarKind.VARIABLE
        case Sequence():
            return any(map(_has_open_variable, node.items))
        case Mapping():
            return any(_has_open_variable(value) for _, value in node.pairs)
        case PlainEntry():
            return False


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) and node.kind is ScalarKind.TEXT else ""


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.kind is ScalarKind.BOOLEAN and node.text == "true"


def _each(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else (node,)


def _owned(node: Node) -> Owned | None:
    """Parse an item of `owns`; return None if it does not name a space."""
    said, apps = (node.get("space"), node.get("apps")) if isinstance(node, Mapping) else (node, None)
    text = _text(said)
    if text.count("/") != 1:
        return None
    patterns = tuple(_text(each) for each in _each(apps)) if apps else ()
    return Owned(SpaceName(*text.split("/")), patterns, node.place)


@lru_cache(maxsize=1 << 10)
def _ports_of(text: str) -> Ports:
    """Return the ports of a valid text: entries of a document have few different ones."""
    start, _, end = text.partition("-")
    return Ports(int(start), int(end or start))


class _Names(NamedTuple):
    """The three parts of an app's name; None stands for the targeted org or space."""

    org: str | None
    space: str | None
    app: str


class _Builder:
    """Builds the parts of a document, resolving bare names to its space."""

    def __init__(self, space: SpaceName | None) -> None:
        self._space = space
        self._apps: dict[str, AppName] = {}

    def owned(self, node: Sequence) -> tuple[Owned, ...]:
        return tuple(owned for item in node.items if (owned := _owned(item)) is not None)

    def owned_by_default(self, root: Mapping) -> tuple[Owned, ...] | None:
        if not root.get("policies"):  # without the key, the document neither declares nor removes policies
            return ()
        return (Owned(self._space, (), (root.get("space") or root).place),) if self._space else None

    def entries(self, node: Node | None, *, sound: bool) -> Iterator[PolicyEntry]:
        """Yield the items of `policies` that have a valid form and no unset variables."""
        for item in _children(node):
            if isinstance(item, PlainEntry):
                yield self._plain_entry(item)
            elif isinstance(item, Mapping) and _is_sound(ENTRY, item, sound=sound):
                yield self._entry(item)

    def _plain_entry(self, item: PlainEntry) -> PolicyEntry:
        place, source, source_place, destination, destination_place, protocol, ports, ports_place = item
        there = _ports_of(ports) if ports else DEFAULT_PORTS
        return _new(
            PolicyEntry,
            (
                (_new(Mention, (self._app_of(source), source_place, False)),),
                (_new(Mention, (self._app_of(destination), destination_place, False)),),
                _PROTOCOLS[protocol] if protocol else DEFAULT_PROTOCOL,
                (_new(PortsThere, (there, ports_place)),),
                place,
                (),
            ),
        )

    def _app_of(self, text: str) -> AppName:
        """Return the app with this name, the same value each time."""
        if text not in self._apps:
            space, _, name = text.rpartition("/")
            self._apps[text] = AppName(*self._in_space(space, name))
        return self._apps[text]

    def _entry(self, node: Mapping) -> PolicyEntry:
        protocol = _text(node.get("protocol"))
        ports = node.get("ports")
        pending = _is_true(node.get("pending"))
        return PolicyEntry(
            self._mentions(node.get("source"), pending=pending),
            self._mentions(node.get("destination"), pending=pending),
            Protocol(protocol) if protocol else DEFAULT_PROTOCOL,
            self._ports(ports) if ports else (PortsThere(DEFAULT_PORTS, node.place),),
            node.place,
            suppressions(node.get("lint")),
        )

    def ignored(self, node: Mapping) -> Ignored:
        protocol = _text(node.get("protocol"))
        ports = node.get("ports")
        return Ignored(
            self._patterns(node.get("source")),
            self._patterns(node.get("destination")),
            Protocol(protocol) if protocol else None,
            tuple(there.ports for there in self._ports(ports)) if ports else None,
            node.place,
        )

    def expectation(self, item: Mapping, kind: RequirementKind) -> Expectation:
        """Build the expectation under the key `kind` of an item of `expect`."""
        node = item.get(kind)
        assert isinstance(node, Mapping)  # noqa: S101 - its form is checked
        allowed = kind is RequirementKind.ALLOWED
        protocol, ports = _text(node.get("protocol")), node.get("ports")
        by_default = (DEFAULT_PROTOCOL,) if allowed else tuple(Protocol)
        return Expectation(
            kind,
            self._expected(node.get("source")),
            self._expected(node.get("destination")),
            self._expected(node.get("except")),
            (Protocol(protocol),) if protocol else by_default,
            tuple(there.ports for there in self._ports(ports)) if ports else (DEFAULT_PORTS,) if allowed else None,
            _text(item.get("because")),
            node.place,
            suppressions(item.get("lint")),
        )

    def _expected(self, node: Node | None) -> tuple[AppPattern | AppGuid, ...]:
        """Return the apps of one end of an expectation; the bare word `any` means all apps."""
        found: list[AppPattern | AppGuid] = []
        for each in _each(node) if node else ():
            names = self._names(each)
            is_any = isinstance(each, Scalar) and each.text == "any"
            found.append(ANY_APP if is_any else names if isinstance(names, AppGuid) else AppPattern(*names))
        return tuple(found)

    def _mentions(self, node: Node | None, *, pending: bool) -> tuple[Mention, ...]:
        if isinstance(node, Scalar):
            return (Mention(self._app(node), node.place, pending),)
        return tuple(
            Mention(
                self._app(each),
                each.place,
                pending or (isinstance(each, Mapping) and _is_true(each.get("pending"))),
            )
            for each in (_each(node) if node else ())
        )

    def _app(self, node: Node) -> AppRef:
        found = self._names(node)
        return found if isinstance(found, AppGuid) else AppName(*found)

    def _patterns(self, node: Node | None) -> tuple[AppPattern | AppGuid, ...] | None:
        if node is None:
            return None
        found = [self._names(each) for each in _each(node)]
        return tuple(each if isinstance(each, AppGuid) else AppPattern(*each) for each in found)

    def _names(self, node: Node) -> _Names | AppGuid:
        if not isinstance(node, Mapping):
            text = _text(node)
            space, _, name = text.rpartition("/")
            return self._in_space(space, name)
        if guid := _text(node.get("guid")):
            return AppGuid(guid)
        if org := _text(node.get("org")):
            return _Names(org, _text(node.get("space")), _text(node.get("app")))
        return self._in_space(_text(node.get("space")), _text(node.get("app")))

    def _in_space(self, space: str, app: str) -> _Names:
        if "/" in space:
            named, _, space = space.partition("/")
            return _Names(named, space, app)
        org, default = self._space or (None, None)
        return _Names(org, space or default, app)

    def _ports(self, node: Node) -> tuple[PortsThere, ...]:
        return tuple(there for each in _each(node) if (there := self._one_ports(each)))

    def _one_ports(self, node: Node) -> PortsThere | None:
        ports = _ports_of(node.text if isinstance(node, Scalar) else "")
        return PortsThere(ports, node.place) if ports.start <= ports.end else None
