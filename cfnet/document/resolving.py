"""Finds the apps that documents name among those of a foundation: names become GUIDs, once, when they are applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from cfnet.document.document import AppGuid, AppName, Mention, SpaceName
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
"""Names of a run that near ones are looked up for: each is compared with all apps of its space."""


class Resolved(NamedTuple):
    """Documents as the foundation understands them.

    Attributes:
        wanted: the policies that are to be, each with its place, as in `Loaded.declared`.
        owned: the GUIDs of the apps that are in spaces the documents own.
        pending: the policies that are skipped, as an app of theirs is not there yet, each with the GUIDs of its
            source and destination, None for what is not there.
        faults: E301, E302, E401 to E403; nothing may be applied where there are any.
    """

    wanted: Mapping[Policy, Place]
    owned: frozenset[str]
    pending: Mapping[Named, tuple[str | None, str | None]]
    faults: tuple[Fault, ...]


class Needed(NamedTuple):
    """What has to be known of a foundation to resolve documents.

    Attributes:
        spaces: the spaces that apps are named in, and that are owned.
        guids: the GUIDs that apps are named by.
        targeted: whether some name is of the targeted space, or org, and nobody said which that is.
    """

    spaces: frozenset[SpaceName]
    guids: frozenset[str]
    targeted: bool


def needed(loaded: Loaded) -> Needed:
    """What has to be asked of the foundation before `resolve`."""
    apps = {app for policy in loaded.declared for app in (policy.source, policy.destination)}
    owned = {each.space for document in loaded.documents for each in document.owns or ()}
    named = {SpaceName(app.org, app.space) for app in apps if isinstance(app, AppName) and app.org and app.space}
    return Needed(
        frozenset(owned | named),
        frozenset(app.guid for app in apps if isinstance(app, AppGuid)),
        any(isinstance(app, AppName) and not (app.org and app.space) for app in apps)
        or any(document.owns is None for document in loaded.documents),
    )


def resolve(loaded: Loaded, apps: Iterable[App], spaces: Iterable[Space], *, allow_missing: bool = False) -> Resolved:
    """Find what documents without faults name among `apps`, and among `spaces`, all that this user sees of these.

    An app that is named by its GUID needs not be among `apps`: it may be one that this user cannot see. Names are
    looked for as the Cloud Controller does: without regard to case, where only one is called so. With `allow_missing`
    every app and space may be missing yet, not only those that are pending.
    """
    apps = tuple(apps)
    names = names_of(apps)
    report = FaultReport()
    finder = _Finder(names, spaces, report, allow_missing=allow_missing)
    for document in loaded.documents:
        for entry in document.entries:
            for mention in (*entry.sources, *entry.destinations):
                finder.require(mention)
    wanted: dict[Policy, Place] = {}
    pending: dict[Named, tuple[str | None, str | None]] = {}
    for named, place in loaded.declared.items():
        source, destination = finder.guid(named.source), finder.guid(named.destination)
        if not (source and destination):
            pending[named] = (source, destination)
            continue
        policy = Policy(source, destination, named.protocol, named.ports)
        if policy in wanted:
            report(Code.DECLARED_TWICE, place, named, also=wanted[policy])
        else:
            wanted[policy] = place
    refuse_ignored(loaded.documents, wanted, lambda guid: KnownApp(names.get(guid), guid), report)
    owned: dict[SpaceName, WildcardIndex[None]] = {}
    for document in loaded.documents:
        for space, patterns in finder.owned(document):
            index = owned.setdefault(space, WildcardIndex())
            for pattern in patterns or (WILDCARD,):
                index.add(pattern, None)
    return Resolved(wanted, frozenset(app.guid for app in apps if _owns(owned, app)), pending, report.faults)


def _owns(owned: Mapping[SpaceName, WildcardIndex[None]], app: App) -> bool:
    """Whether the app is in a space that is owned, and one of the apps that are owned of it."""
    index = owned.get(SpaceName(app.space.org.name, app.space.name))
    return index is not None and any(True for _ in index.find(app.name))


class _Names(Generic[_Value]):
    """What things are called: found by their names, or without regard to case where only one is called so."""

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
    """Finds apps and spaces by name; each name is missed once for each place."""

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
        """Report an app that is not there and should be, at the place where it is named."""
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
        self._report(Code.UNKNOWN_APP, place, app, f"an app of {space} that this user sees", guess=self._near(app))

    def owned(self, document: Document) -> Iterator[tuple[SpaceName, Sequence[str]]]:
        """The spaces that `document` owns, as they are called, with the patterns of their apps.

        Spaces that are not there are reported, and apps that are named without `*`, unless they are pending.
        """
        pending = {
            _folded(mention.app)
            for entry in document.entries
            for mention in (*entry.sources, *entry.destinations)
            if mention.pending and not isinstance(mention.app, AppGuid)
        }
        for named, patterns, place in document.owns or ():
            space = self._spaces.get(named)
            if space is None:
                if not self._allow_missing:
                    self._report_space(named, place)
                continue
            for app in (AppName(*space, pattern) for pattern in patterns if WILDCARD not in pattern):
                self.require(Mention(app, place, _folded(app) in pending))
            yield space, patterns

    def _report_space(self, space: SpaceName, place: Place) -> None:
        if space not in self._guesses and len(self._guesses) < GUESSES:
            near = near_names(str(space), map(str, self._known), most=1)
            self._guesses[space] = near[0] if near else ""
        guess = self._guesses.get(space, "")
        self._report(Code.UNKNOWN_SPACE, place, space, "a space that this user sees", guess=guess)

    def _near(self, app: AppName) -> str:
        if app not in self._guesses and len(self._guesses) < GUESSES:
            here = [name.app for name in self._apps if _folded(name)[:2] == _folded(app)[:2]]
            elsewhere = sorted(str(name) for name in self._apps if name.app == app.app)
            near = near_names(app.app, here) or elsewhere[:3]
            self._guesses[app] = " or ".join(near)
        return self._guesses.get(app, "")
