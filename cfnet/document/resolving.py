"""Resolve the app names of documents to GUIDs of a foundation; done once, when documents are applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from cfnet.document.document import AppGuid, AppName, Mention, SpaceName
from cfnet.document.expectations import has_bare_names, refuse_bare_names
from cfnet.document.faults import Code, Fault, FaultReport
from cfnet.document.ignoring import KnownApp, names_of, refuse_ignored
from cfnet.document.wildcards import WILDCARD, WildcardIndex
from cfnet.policy import Policy
from cfnet.policy.naming import near as near_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.document.document import AppRef, Document, Named
    from cfnet.document.loading import Loaded
    from cfnet.document.place import Place
    from cfnet.policy import App, Space

_Value = TypeVar("_Value")

GUESSES: Final = 20
"""Maximum unknown names per run to find similar ones for; each is compared with all apps of its space."""


class Resolved(NamedTuple):
    """Documents resolved against a foundation.

    Attributes:
        wanted: the policies that should exist, each with its place, as in `Loaded.declared`.
        owned: the GUIDs of the apps that the documents own.
        pending: the policies that are skipped because an app does not exist yet, each with the GUIDs of its source and
            destination (None for a missing app).
        faults: E301, E302, E401 to E403; if there are any, nothing must be applied.
    """

    wanted: Mapping[Policy, Place]
    owned: frozenset[str]
    pending: Mapping[Named, tuple[str | None, str | None]]
    faults: tuple[Fault, ...]


class Needed(NamedTuple):
    """What must be queried from a foundation to resolve documents.

    Attributes:
        spaces: the spaces of named apps, and the owned spaces.
        guids: the GUIDs of apps that are identified by GUID.
        targeted: whether some name depends on the targeted space or org, and that is unknown.
    """

    spaces: frozenset[SpaceName]
    guids: frozenset[str]
    targeted: bool


def needed(loaded: Loaded) -> Needed:
    """Return what must be queried from the foundation before calling `resolve`."""
    apps = {app for policy in loaded.declared for app in (policy.source, policy.destination)}
    expectations = (each for document in loaded.documents for each in document.expectations)
    spaces = {app.space_name for app in apps if isinstance(app, AppName)} | set(_owned_spaces(loaded.documents))
    return Needed(
        frozenset(filter(None, spaces)),
        frozenset(app.guid for app in apps if isinstance(app, AppGuid)),
        targeted=None in spaces or any(map(has_bare_names, expectations)),
    )


def _owned_spaces(documents: Iterable[Document]) -> Iterator[SpaceName | None]:
    """Yield the spaces that documents own; None stands for the targeted space."""
    for document in documents:
        if document.owns is None:
            yield None
        else:
            yield from (owned.space for owned in document.owns)


def resolve(loaded: Loaded, apps: Iterable[App], spaces: Iterable[Space], *, allow_missing: bool = False) -> Resolved:
    """Resolve the names in documents without faults to `apps` and `spaces`, which are all that this user can see.

    An app identified by GUID may be missing in `apps`: this user may not be able to see it. Like in the Cloud
    Controller, names are case-insensitive, unless several differ only in case. With `allow_missing`, any app or space
    may not exist yet, not only the pending ones.
    """
    apps = tuple(apps)
    names = names_of(apps)
    report = FaultReport()
    finder = _Finder(names, spaces, report, allow_missing=allow_missing)
    for document in loaded.documents:
        for mention in document.mentions:
            finder.require(mention)
    wanted, pending = _policies(loaded.declared, finder, report)
    refuse_bare_names(loaded.documents, report)
    refuse_ignored(loaded.documents, wanted, lambda guid: KnownApp(names.get(guid), guid), report)
    owned = _owned_apps(loaded.documents, finder)
    return Resolved(wanted, frozenset(app.guid for app in apps if _owns(owned, app)), pending, report.faults)


def _policies(
    declared: Mapping[Named, Place], finder: _Finder, report: FaultReport
) -> tuple[dict[Policy, Place], dict[Named, tuple[str | None, str | None]]]:
    """Return the declared policies between apps that exist, and the others with the GUIDs found for them."""
    wanted: dict[Policy, Place] = {}
    pending: dict[Named, tuple[str | None, str | None]] = {}
    for named, place in declared.items():
        source, destination = finder.guid(named.source), finder.guid(named.destination)
        if not (source and destination):
            pending[named] = (source, destination)
            continue
        policy = Policy(source, destination, named.protocol, named.ports)
        if policy in wanted:
            report(Code.DECLARED_TWICE, place, named, also=wanted[policy])
        else:
            wanted[policy] = place
    return wanted, pending


def _owned_apps(documents: Iterable[Document], finder: _Finder) -> dict[SpaceName, WildcardIndex[None]]:
    """Return the patterns of the apps that documents own, by space."""
    owned: dict[SpaceName, WildcardIndex[None]] = {}
    for document in documents:
        for space, patterns in finder.owned(document):
            index = owned.setdefault(space, WildcardIndex())
            for pattern in patterns or (WILDCARD,):
                index.add(pattern, None)
    return owned


def _pending_names(document: Document) -> set[tuple[str, ...]]:
    return {
        _folded(mention.app)
        for mention in document.mentions
        if mention.pending and not isinstance(mention.app, AppGuid)
    }


def _owns(owned: Mapping[SpaceName, WildcardIndex[None]], app: App) -> bool:
    """Whether the app's space is owned and the app is among the owned apps in it."""
    index = owned.get(SpaceName(app.space.org.name, app.space.name))
    return index is not None and any(True for _ in index.find(app.name))


class _Names(Generic[_Value]):
    """Things by name: looked up by exact name, or case-insensitively if that is unambiguous."""

    def __init__(self, things: Mapping[AppName, _Value] | Mapping[SpaceName, _Value]) -> None:
        self._things: Mapping[Any, _Value] = things
        self._folded: dict[tuple[str, ...], list[_Value]] = {}
        for name, thing in things.items():
            self._folded.setdefault(_folded(name), []).append(thing)

    def get(self, name: AppName | SpaceName) -> _Value | None:
        if name in self._things:
            return self._things[name]
        alike = self._folded.get(_folded(name), ())
        return alike[0] if len(alike) == 1 else None


def _folded(name: AppName | SpaceName) -> tuple[str, ...]:
    return tuple(part.lower() for part in name if part is not None)


class _Finder:
    """Finds apps and spaces by name and reports missing ones once per place."""

    def __init__(
        self, names: Mapping[str, AppName], spaces: Iterable[Space], report: FaultReport, *, allow_missing: bool
    ) -> None:
        self._apps = {name: guid for guid, name in names.items()}
        self._guids = _Names(self._apps)
        known = {SpaceName(space.org.name, space.name) for space in spaces}
        known.update(SpaceName(str(name.org), str(name.space)) for name in self._apps)
        self._known = known
        self._spaces = _Names({space: space for space in known})
        self._report = report
        self._allow_missing = allow_missing
        self._guesses: dict[AppName | SpaceName, str] = {}

    def guid(self, app: AppRef) -> str | None:
        return app.guid if isinstance(app, AppGuid) else self._guids.get(app)

    def require(self, mention: Mention) -> None:
        """Report an app that should exist but does not, at the place where it is named."""
        app, place, pending = mention
        if isinstance(app, AppGuid) or self._guids.get(app):
            return
        if not (app.org and app.space):
            expected = '"space: ORG/SPACE" in the document, or a targeted space'
            self._report(Code.NO_SPACE, place, app, expected)
            return
        if pending or self._allow_missing:
            return
        space = self._spaces.get(SpaceName(app.org, app.space))
        if space is None:
            self._report_space(SpaceName(app.org, app.space), place)
            return
        self._report(Code.UNKNOWN_APP, place, app, f"an app in {space} visible to this user", guess=self._near(app))

    def owned(self, document: Document) -> Iterator[tuple[SpaceName, Sequence[str]]]:
        """Yield the spaces that `document` owns, by their actual names, with the patterns of their apps.

        Report missing spaces, and missing apps named without `*` unless they are pending.
        """
        pending = _pending_names(document)
        for named, patterns, place in document.owns or ():
            space = self._spaces.get(named)
            if space is not None:
                for app in (AppName(*space, pattern) for pattern in patterns if WILDCARD not in pattern):
                    self.require(Mention(app, place, _folded(app) in pending))
                yield space, patterns
            elif not self._allow_missing:
                self._report_space(named, place)

    def _report_space(self, space: SpaceName, place: Place) -> None:
        if space not in self._guesses and len(self._guesses) < GUESSES:
            near = near_names(str(space), map(str, self._known), most=1)
            self._guesses[space] = near[0] if near else ""
        guess = self._guesses.get(space, "")
        self._report(Code.UNKNOWN_SPACE, place, space, "a space visible to this user", guess=guess)

    def _near(self, app: AppName) -> str:
        if app not in self._guesses and len(self._guesses) < GUESSES:
            here = [name.app for name in self._apps if _folded(name)[:2] == _folded(app)[:2]]
            elsewhere = sorted(str(name) for name in self._apps if name.app == app.app)
            near = near_names(app.app, here) or elsewhere[:3]
            self._guesses[app] = " or ".join(near)
        return self._guesses.get(app, "")
