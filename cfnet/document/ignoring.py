"""Find the policies that documents ignore."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from cfnet.document.document import AppGuid, AppName, Named
from cfnet.document.faults import Code, FaultReport
from cfnet.document.wildcards import WildcardIndex
from cfnet.policy import Policy, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cfnet.document.document import AppPattern, AppRef, Document, Ignored
    from cfnet.document.place import Place
    from cfnet.policy import App, Ports

_Policy = TypeVar("_Policy", Named, Policy)


class KnownApp(NamedTuple):
    """What is known of an app: its name, its GUID, or both."""

    name: AppName | None
    guid: str | None

    @classmethod
    def of(cls, app: AppRef) -> KnownApp:
        """The name or GUID given in a document."""
        return cls(None, app.guid) if isinstance(app, AppGuid) else cls(app, None)

    @property
    def called(self) -> AppRef:
        """The name if known, otherwise the GUID."""
        return self.name or AppGuid(self.guid or "")


class Ignoring:
    """The items under `ignore` of all documents.

    Sets of items are integers in which bit N stands for item N. The items that match an app, a protocol or ports are
    computed once each, through an index of patterns rather than item by item.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        self._items = [item for document in documents for item in document.ignored]
        self._sources = _Side([item.sources for item in self._items])
        self._destinations = _Side([item.destinations for item in self._items])
        protocols = [item.protocol for item in self._items]
        self._any_protocol = _bits_of(None, protocols)
        self._by_protocol = {each: _bits_of(each, protocols) for each in Protocol}
        ports = [item.ports for item in self._items]
        self._any_ports = _bits_of(None, ports)
        self._by_ports = _by_ports(ports)

    def __bool__(self) -> bool:
        """Whether anything is ignored."""
        return bool(self._items)

    def item(self, source: KnownApp, destination: KnownApp, protocol: Protocol, ports: Ports) -> Ignored | None:
        """Return the first item that matches a policy, or None."""
        found = self._sources.items(source) & self._destinations.items(destination)
        found &= self._any_protocol | self._by_protocol[protocol]
        if found:
            found &= self._any_ports | _bits(self._by_ports.get(ports, ()))
        return self._items[(found & -found).bit_length() - 1] if found else None


class _Side:
    """One end (source or destination) of all items, searchable by app."""

    def __init__(self, ends: Sequence[tuple[AppPattern | AppGuid, ...] | None]) -> None:
        self._any = _bits_of(None, ends)
        self._by_guid: dict[str, list[int]] = defaultdict(list)
        self._by_name = _Names()
        self._known: dict[KnownApp, int] = {}
        for index, end in enumerate(ends):
            for each in end or ():
                if isinstance(each, AppGuid):
                    self._by_guid[each.guid].append(index)
                else:
                    self._by_name.add(each, index)

    def items(self, app: KnownApp) -> int:
        """Return the items that match `app`."""
        if app not in self._known:
            found = list(self._by_guid.get(app.guid, ())) if app.guid is not None else []
            if app.name is not None:
                found += self._by_name.find(app.name)
            self._known[app] = self._any | _bits(found)
        return self._known[app]


class _Names:
    """Items by the parts of their patterns: org, space, app. None stands for the targeted org or space."""

    def __init__(self) -> None:
        self._items: list[int] = []
        self._inner: dict[str | None, _Names] = {}
        self._index: WildcardIndex[_Names] = WildcardIndex()

    def add(self, pattern: Sequence[str | None], item: int) -> None:
        """Add an item under the parts of a pattern."""
        if not pattern:
            self._items.append(item)
            return
        part, *rest = pattern
        inner = self._inner.get(part)
        if inner is None:
            inner = self._inner[part] = _Names()
            if part is not None:
                self._index.add(part, inner)
        inner.add(rest, item)

    def find(self, name: Sequence[str | None]) -> Iterator[int]:
        """Yield the items whose pattern matches `name`, in no particular order."""
        if not name:
            yield from self._items
            return
        part, *rest = name
        if part is not None:
            for inner in self._index.find(part):
                yield from inner.find(rest)
        elif None in self._inner:
            yield from self._inner[None].find(rest)


def ignored(documents: Iterable[Document], policies: Iterable[Policy], apps: Iterable[App]) -> frozenset[Policy]:
    """Return the `policies` that `documents` ignore; `apps` provides the names of their apps."""
    ignoring = Ignoring(documents)
    if not ignoring:
        return frozenset()
    names = names_of(apps)
    return frozenset(
        policy
        for policy in policies
        if ignoring.item(
            KnownApp(names.get(policy.source), policy.source),
            KnownApp(names.get(policy.destination), policy.destination),
            policy.protocol,
            policy.ports,
        )
    )


def refuse_ignored(
    documents: Iterable[Document],
    declared: Mapping[_Policy, Place],
    known: Callable[[Any], KnownApp],
    report: FaultReport,
) -> None:
    """Report the `declared` policies that `documents` also ignore; `known` returns what is known about an app."""
    ignoring = Ignoring(documents)
    if not ignoring:
        return
    for policy, place in declared.items():
        source, destination = known(policy.source), known(policy.destination)
        item = ignoring.item(source, destination, policy.protocol, policy.ports)
        if item:
            named = Named(source.called, destination.called, policy.protocol, policy.ports)
            report(Code.DECLARED_AND_IGNORED, place, named, also=item.place)


def names_of(apps: Iterable[App]) -> Mapping[str, AppName]:
    """Return the names of `apps` by GUID."""
    return {app.guid: AppName(app.space.org.name, app.space.name, app.name) for app in apps}


def _by_ports(items: Iterable[tuple[Ports, ...] | None]) -> Mapping[Ports, Sequence[int]]:
    """Return the items that list each port range."""
    found: dict[Ports, list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        for ports in item or ():
            found[ports].append(index)
    return found


def _bits_of(wanted: object, values: Iterable[object]) -> int:
    """Return the items whose value is `wanted`."""
    return _bits(index for index, value in enumerate(values) if value is wanted)


def _bits(numbers: Iterable[int]) -> int:
    """Return the integer with these bits set."""
    indexes = set(numbers)
    if not indexes:
        return 0
    octets = bytearray(max(indexes) // 8 + 1)
    for number in indexes:
        octets[number // 8] |= 1 << number % 8
    return int.from_bytes(octets, "little")
