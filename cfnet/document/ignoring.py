"""Which policies a document leaves to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from cfnet.document.document import AppGuid, AppName, Named
from cfnet.document.faults import Code, Report
from cfnet.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cfnet.document.document import AppPattern, AppRef, Document, Ignored
    from cfnet.document.place import Place
    from cfnet.policy import App, Ports, Protocol

_Policy = TypeVar("_Policy", Named, Policy)


class Known(NamedTuple):
    """What is known of an app: its name, its GUID, or both."""

    name: AppName | None
    guid: str | None

    @classmethod
    def of(cls, app: AppRef) -> Known:
        """What a document says of it."""
        return cls(None, app.guid) if isinstance(app, AppGuid) else cls(app, None)

    @property
    def called(self) -> AppRef:
        """What to call it."""
        return self.name or AppGuid(self.guid or "")


class Ignoring:
    """The items under `ignore` of all documents; each app is compared with each item once."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._items = [item for document in documents for item in document.ignored]
        self._as_source: dict[Known, int] = {}
        self._as_destination: dict[Known, int] = {}

    def __bool__(self) -> bool:
        """Whether anything is ignored."""
        return bool(self._items)

    def item(self, source: Known, destination: Known, protocol: Protocol, ports: Ports) -> Ignored | None:
        """The first item that a policy falls under, None where there is none."""
        found = self._sources(source) & self._destinations(destination)
        while found:
            lowest = found & -found
            item = self._items[lowest.bit_length() - 1]
            if item.protocol in (None, protocol) and (item.ports is None or ports in item.ports):
                return item
            found ^= lowest
        return None

    def _sources(self, app: Known) -> int:
        if app not in self._as_source:
            self._as_source[app] = _bits(app, [item.sources for item in self._items])
        return self._as_source[app]

    def _destinations(self, app: Known) -> int:
        if app not in self._as_destination:
            self._as_destination[app] = _bits(app, [item.destinations for item in self._items])
        return self._as_destination[app]


def ignored(documents: Iterable[Document], policies: Iterable[Policy], apps: Iterable[App]) -> frozenset[Policy]:
    """Those of `policies` that `documents` leave to others; `apps` gives the names of their ends."""
    ignoring = Ignoring(documents)
    if not ignoring:
        return frozenset()
    names = names_of(apps)
    return frozenset(
        policy
        for policy in policies
        if ignoring.item(
            Known(names.get(policy.source), policy.source),
            Known(names.get(policy.destination), policy.destination),
            policy.protocol,
            policy.ports,
        )
    )


def refuse_ignored(
    documents: Iterable[Document],
    declared: Mapping[_Policy, Place],
    known: Callable[[Any], Known],
    report: Report,
) -> None:
    """Report the policies of `declared` that `documents` leave to others; `known` is what is known of their ends."""
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
    """The names of `apps` by their GUIDs."""
    return {app.guid: AppName(app.space.org.name, app.space.name, app.name) for app in apps}


def _bits(app: Known, sides: list[tuple[AppPattern | AppGuid, ...] | None]) -> int:
    """An integer whose bit N says whether item N means `app`."""
    return sum(
        1 << index for index, side in enumerate(sides) if side is None or any(_means(each, app) for each in side)
    )


def _means(pattern: AppPattern | AppGuid, app: Known) -> bool:
    if isinstance(pattern, AppGuid):
        return pattern.guid == app.guid
    return app.name is not None and pattern.matches(app.name)
