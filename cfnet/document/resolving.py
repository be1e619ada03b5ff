"""Finds the apps that documents name among those of a foundation: names become GUIDs, once, when they are applied."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.document.document import AppGuid, AppName, Named, SpaceName
from cfnet.document.faults import Code, Fault, Report
from cfnet.document.ignoring import Ignoring, Known, names_of
from cfnet.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cfnet.document.document import AppRef, Document
    from cfnet.document.loading import Loaded
    from cfnet.document.place import Place
    from cfnet.policy import App, Space

GUESSES: Final = 20
"""Names of a run that near ones are looked up for: each is compared with all apps of its space."""


class Resolved(NamedTuple):
    """Documents as the foundation understands them.

    Attributes:
        wanted: the policies that are to be, each with the place of its entry.
        owned: the GUIDs of the apps that are in spaces the documents own.
        faults: E301, E302, E401 to E403; nothing may be applied where there are any.
    """

    wanted: Mapping[Policy, Place]
    owned: frozenset[str]
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
    owned = {space for document in loaded.documents for space, _ in document.owns or ()}
    named = {SpaceName(app.org, app.space) for app in apps if isinstance(app, AppName) and app.org and app.space}
    return Needed(
        frozenset(owned | named),
        frozenset(app.guid for app in apps if isinstance(app, AppGuid)),
        any(isinstance(app, AppName) and not (app.org and app.space) for app in apps)
        or any(document.owns is None for document in loaded.documents),
    )


def resolve(loaded: Loaded, apps: Iterable[App], spaces: Iterable[Space]) -> Resolved:
    """Find what documents without faults name among `apps`, and among `spaces`, all that this user sees of these.

    An app that is named by its GUID needs not be among `apps`: it may be one that this user cannot see.
    """
    apps = tuple(apps)
    report = Report()
    finder = _Finder(apps, spaces, report)
    wanted: dict[Policy, Place] = {}
    for named, place in loaded.declared.items():
        source, destination = finder.guid(named.source, place), finder.guid(named.destination, place)
        if not (source and destination):
            continue
        policy = Policy(source, destination, named.protocol, named.ports)
        if policy in wanted:
            report(Code.DECLARED_TWICE, place, named, also=wanted[policy])
        else:
            wanted[policy] = place
    _refuse_ignored(loaded.documents, apps, wanted, report)
    owned = {space for document in loaded.documents for space in finder.owned(document)}
    return Resolved(
        wanted,
        frozenset(app.guid for app in apps if SpaceName(app.space.org.name, app.space.name) in owned),
        report.faults,
    )


def _refuse_ignored(
    documents: Iterable[Document], apps: tuple[App, ...], wanted: Mapping[Policy, Place], report: Report
) -> None:
    ignoring = Ignoring(documents)
    if not ignoring:
        return
    names = names_of(apps)
    for policy, place in wanted.items():
        source, destination = names.get(policy.source), names.get(policy.destination)
        item = ignoring.item(
            Known(source, policy.source), Known(destination, policy.destination), policy.protocol, policy.ports
        )
        if item:
            named = Named(
                source or AppGuid(policy.source),
                destination or AppGuid(policy.destination),
                policy.protocol,
                policy.ports,
            )
            report(Code.DECLARED_AND_IGNORED, place, named, also=item.place)


class _Finder:
    """Finds apps and spaces by name; each name is looked for, and missed, once for each place."""

    def __init__(self, apps: tuple[App, ...], spaces: Iterable[Space], report: Report) -> None:
        self._guids = {name: guid for guid, name in names_of(apps).items()}
        self._spaces = {SpaceName(space.org.name, space.name) for space in spaces}
        self._spaces.update(SpaceName(app.space.org.name, app.space.name) for app in apps)
        self._report = report
        self._guesses: dict[AppName | SpaceName, str] = {}

    def guid(self, app: AppRef, place: Place) -> str | None:
        if isinstance(app, AppGuid):
            return app.guid
        found = self._guids.get(app)
        if found is None:
            self._report_unknown(app, place)
        return found

    def owned(self, document: Document) -> set[SpaceName]:
        """The spaces that `document` owns; those that are not there are reported."""
        for space, place in document.owns or ():
            if space not in self._spaces:
                self._report_space(space, place)
        return {space for space, _ in document.owns or ()}

    def _report_unknown(self, app: AppName, place: Place) -> None:
        if not (app.org and app.space):
            expected = '"space: ORG/SPACE" in the document, or a targeted space'
            self._report(Code.NO_SPACE, place, app, expected)
            return
        space = SpaceName(app.org, app.space)
        if space not in self._spaces:
            self._report_space(space, place)
            return
        self._report(Code.UNKNOWN_APP, place, app, f"an app of {space} that this user sees", guess=self._near(app))

    def _report_space(self, space: SpaceName, place: Place) -> None:
        if space not in self._guesses and len(self._guesses) < GUESSES:
            near = _close(str(space), map(str, self._spaces), most=1)
            self._guesses[space] = near[0] if near else ""
        guess = self._guesses.get(space, "")
        self._report(Code.UNKNOWN_SPACE, place, space, "a space that this user sees", guess=guess)

    def _near(self, app: AppName) -> str:
        if app not in self._guesses and len(self._guesses) < GUESSES:
            here = [name.app for name in self._guids if name[:2] == app[:2]]
            elsewhere = sorted(str(name) for name in self._guids if name.app == app.app)
            near = _close(app.app, here, most=3) or elsewhere[:3]
            self._guesses[app] = " or ".join(near)
        return self._guesses.get(app, "")


def _close(name: str, names: Iterable[str], *, most: int) -> list[str]:
    """Those of `names` that look like `name`; how they are capitalised makes no difference, as to the foundation."""
    by_key = {each.lower(): each for each in names}
    return [by_key[key] for key in difflib.get_close_matches(name.lower(), by_key, n=most)]
