"""The expectations of documents: calls that must be allowed or denied, resolved to apps of a foundation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from cfnet.document.document import AppGuid, AppName, AppPattern, SpaceName
from cfnet.document.faults import Code
from cfnet.document.wildcards import WILDCARD, matches
from cfnet.policy.naming import near
from cfnet.policy.requirement import EVERY_PORT, Requirement, RequirementKind, merge_ports

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from cfnet.document.document import Document, Expectation
    from cfnet.document.faults import FaultReport
    from cfnet.policy import App

_Branch = TypeVar("_Branch")

MOST_ENDS: Final = 5000
"""Maximum apps and patterns in the expectations of a run; each pattern is compared with all apps."""

ANY_APP: Final = AppPattern(WILDCARD, WILDCARD, WILDCARD)
"""The pattern for `any`."""


def refuse_too_many(documents: Iterable[Document], report: FaultReport) -> None:
    """Report the first expectation that brings the number of apps and patterns above `MOST_ENDS`."""
    count = 0
    for expectation in (each for document in documents for each in document.expectations):
        count += len(expectation.ends)
        if count > MOST_ENDS:
            expected = f"at most {MOST_ENDS:,} in all expectations"
            report(Code.TOO_MANY_EXPECTED, expectation.place, f"app or pattern number {count:,}", expected)
            return


def has_bare_names(expectation: Expectation) -> bool:
    """Whether it refers to apps in the targeted space, which is not known yet."""
    return any(isinstance(app, AppPattern) and None in app for app in expectation.ends)


def refuse_bare_names(documents: Iterable[Document], report: FaultReport) -> None:
    """Report apps of expectations that belong to the targeted space, if no space is targeted."""
    for expectation in (each for document in documents for each in document.expectations):
        for app in expectation.ends:
            if isinstance(app, AppPattern) and None in app:
                report(Code.NO_SPACE, expectation.place, app, '"space: ORG/SPACE" in the document, or a targeted space')


class VisibleApps:
    """The apps of a foundation that this user can see; resolves the apps of expectations."""

    def __init__(
        self,
        apps: Iterable[App],
        *,
        complete: bool,
        spaces: Collection[SpaceName] = (),
        nameless: Iterable[str] = (),
    ) -> None:
        """Index `apps`.

        Args:
            apps: the apps that this user can see.
            complete: whether these are all apps.
            spaces: if not, the spaces whose apps are all included.
            nameless: GUIDs of other apps that have policies.
        """
        self._nameless = frozenset(nameless)
        self._complete = complete
        self._spaces = {space.folded for space in spaces}
        self._tree: dict[str, dict[str, dict[str, list[str]]]] = {}
        self._names: dict[str, AppName] = {}
        for app in apps:
            name = AppName(app.space.org.name, app.space.name, app.name)
            self._names[app.guid] = name
            spaces_of = self._tree.setdefault(app.space.org.name.lower(), {})
            spaces_of.setdefault(app.space.name.lower(), {}).setdefault(app.name.lower(), []).append(app.guid)
        self._known: dict[AppPattern, frozenset[str]] = {}

    def requirement(self, expectation: Expectation) -> Requirement:
        """Resolve the names of an expectation to GUIDs."""
        excepted = self._all(expectation.excepted)
        sources = self._all(expectation.sources) - excepted
        destinations = self._all(expectation.destinations)
        possible_sources = possible_destinations = frozenset[str]()
        if expectation.kind is RequirementKind.DENIED:
            possible_sources = self._possible(expectation.sources) - excepted
            possible_destinations = self._possible(expectation.destinations)
            if ANY_APP in expectation.sources and all(map(self._is_resolved, expectation.excepted)):
                sources |= possible_sources
            if ANY_APP in expectation.destinations:
                destinations |= possible_destinations
        unseen = dict.fromkeys(
            reason
            for app in (*expectation.sources, *expectation.destinations)
            if isinstance(app, AppPattern) and (reason := self._unseen(app, expectation.kind))
        )
        protocols, ports = expectation.protocols, merge_ports(list(expectation.ports or (EVERY_PORT,)))
        return Requirement(
            expectation.kind,
            sources,
            destinations,
            protocols,
            ports,
            tuple(unseen),
            possible_sources,
            possible_destinations,
        )

    def _is_resolved(self, app: AppPattern | AppGuid) -> bool:
        """Whether `app` is one known app, so that no app with an unknown name can be meant."""
        return isinstance(app, AppGuid) or (
            not any(WILDCARD in (part or "") for part in app) and len(self._meant(app)) == 1
        )

    def _possible(self, ends: Iterable[AppPattern | AppGuid]) -> frozenset[str]:
        """Return the apps with unknown names that patterns of `ends` may match."""
        is_open = any(isinstance(app, AppPattern) and any(WILDCARD in (part or "") for part in app) for app in ends)
        return self._nameless if is_open else frozenset()

    def _all(self, ends: Sequence[AppPattern | AppGuid]) -> frozenset[str]:
        return frozenset().union(*(self._meant(each) for each in ends))

    def _meant(self, app: AppPattern | AppGuid) -> frozenset[str]:
        if isinstance(app, AppGuid):
            return frozenset({app.guid})
        if app not in self._known:
            found = (
                guid
                for spaces in _under(self._tree, app.org)
                for apps in _under(spaces, app.space)
                for guids in _under(apps, app.app)
                for guid in guids
            )
            self._known[app] = frozenset(found)
        return self._known[app]

    def _unseen(self, app: AppPattern, kind: RequirementKind) -> str:
        """Return why `app` may match more apps than were found; empty if it cannot."""
        found = self._meant(app)
        if not any(WILDCARD in (part or "") for part in app):
            return "" if found else f"no app {app} is visible{self._suggestion(app)}"
        if not self._complete and SpaceName(str(app.org), str(app.space)).folded not in self._spaces:
            return "apps that this user cannot see may " + ("exist" if app == ANY_APP else f"match {app}")
        # Without any app, the expectation that a call is allowed would hold trivially; the pattern may be mistyped.
        return "" if found or kind is RequirementKind.DENIED else f"no app matches {app}"

    def _suggestion(self, app: AppPattern) -> str:
        """Return a suggestion for a mistyped app."""
        here = AppPattern(app.org, app.space, WILDCARD)
        names = [self._names[guid].app for guid in self._meant(here)]
        found = near(app.app, names, most=1)
        return f" (did you mean {AppPattern(app.org, app.space, found[0])}?)" if found else ""


def _under(tree: dict[str, _Branch], pattern: str | None) -> list[_Branch]:
    """Return the branches of `tree` whose names match `pattern`."""
    if pattern is None:
        return []
    if WILDCARD not in pattern:
        return [tree[pattern.lower()]] if pattern.lower() in tree else []
    return [branch for name, branch in tree.items() if pattern == WILDCARD or matches(pattern, name)]
