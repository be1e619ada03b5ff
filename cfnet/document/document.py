"""The values of a policy document: policies by the names in the file, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cfnet.document.wildcards import matches, overlap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.document.lint_section import LintSection, Suppression
    from cfnet.document.place import Place
    from cfnet.policy import Ports, Protocol
    from cfnet.policy.requirement import RequirementKind


class SpaceName(NamedTuple):
    """A space, by org and space name."""

    org: str
    space: str

    def __str__(self) -> str:
        """`ORG/SPACE`."""
        return f"{self.org}/{self.space}"

    @property
    def folded(self) -> SpaceName:
        """The name in lower case: the Cloud Controller compares names case-insensitively."""
        return SpaceName(self.org.lower(), self.space.lower())


class AppName(NamedTuple):
    """An app by name; org or space are None if they are the targeted ones and these are unknown."""

    org: str | None
    space: str | None
    app: str

    @property
    def space_name(self) -> SpaceName | None:
        """The space of the app; None if it depends on the target."""
        return SpaceName(self.org, self.space) if self.org and self.space else None

    def __str__(self) -> str:
        """`ORG/SPACE/APP`, without the parts that are None."""
        return "/".join(part for part in self if part is not None)


class AppGuid(NamedTuple):
    """An app by GUID."""

    guid: str

    def __str__(self) -> str:
        return self.guid


AppRef: TypeAlias = AppName | AppGuid


class Owned(NamedTuple):
    """A space, or some apps in it, whose outgoing policies are managed only by one document.

    Attributes:
        space: the name of the space.
        apps: the names of the apps, with `*` as a wildcard; empty means all.
        place: where the document says so.
    """

    space: SpaceName
    apps: tuple[str, ...]
    place: Place

    def overlaps(self, other: Owned) -> bool:
        """Whether an app can be in both."""
        if self.space.folded != other.space.folded:
            return False
        return not (self.apps and other.apps) or any(overlap(one, two) for one in self.apps for two in other.apps)


class Mention(NamedTuple):
    """An app, where it is named, and whether it may not exist yet (`pending: true`)."""

    app: AppRef
    place: Place
    pending: bool = False


class PortsThere(NamedTuple):
    """Ports and their place in the file."""

    ports: Ports
    place: Place


class PolicyEntry(NamedTuple):
    """An item of `policies`: each source may reach each destination on each of the ports.

    `ignored_rules` are the rules of lint whose findings about it are ignored.
    """

    sources: tuple[Mention, ...]
    destinations: tuple[Mention, ...]
    protocol: Protocol
    ports: tuple[PortsThere, ...]
    place: Place
    ignored_rules: tuple[Suppression, ...] = ()


class AppPattern(NamedTuple):
    """Apps by a pattern in which `*` matches any text within the name of the app, the space or the org."""

    org: str | None
    space: str | None
    app: str

    def matches(self, name: AppName) -> bool:
        """Whether `name` matches the pattern."""
        return all(
            part == pattern if part is None or pattern is None else matches(pattern, part)
            for pattern, part in zip(self, name, strict=True)
        )

    def __str__(self) -> str:
        """`ORG/SPACE/APP`, without the parts that are None; `any app` for all apps."""
        return "any app" if self == ("*", "*", "*") else "/".join(part for part in self if part is not None)


class Ignored(NamedTuple):
    """An item of `ignore`: policies managed elsewhere. None means any."""

    sources: tuple[AppPattern | AppGuid, ...] | None
    destinations: tuple[AppPattern | AppGuid, ...] | None
    protocol: Protocol | None
    ports: tuple[Ports, ...] | None
    place: Place


class Named(NamedTuple):
    """A policy between apps identified by name or GUID."""

    source: AppRef
    destination: AppRef
    protocol: Protocol
    ports: Ports

    def __str__(self) -> str:
        """`shop/web/a to shop/web/b, tcp 8080`."""
        return f"{self.source} to {self.destination}, {self.protocol} {self.ports}"


class Expectation(NamedTuple):
    """An item of `expect`: calls that must be allowed or denied.

    Attributes:
        kind: whether they must be allowed or denied.
        sources: the source apps.
        destinations: the destination apps of each source.
        excepted: excluded sources.
        protocols: one or both.
        ports: None means every port.
        because: the reason, as written; may be empty.
        place: its place in the file.
        ignored_rules: the lint rules whose findings about it are ignored.
    """

    kind: RequirementKind
    sources: tuple[AppPattern | AppGuid, ...]
    destinations: tuple[AppPattern | AppGuid, ...]
    excepted: tuple[AppPattern | AppGuid, ...]
    protocols: tuple[Protocol, ...]
    ports: tuple[Ports, ...] | None
    because: str
    place: Place
    ignored_rules: tuple[Suppression, ...] = ()

    @property
    def ends(self) -> tuple[AppPattern | AppGuid, ...]:
        """All its apps and patterns."""
        return (*self.sources, *self.destinations, *self.excepted)

    def __str__(self) -> str:
        """`allowed: shop/web/a to shop/web/b, tcp 8080`."""
        sources, destinations, excepted = (
            ", ".join(map(str, ends)) for ends in (self.sources, self.destinations, self.excepted)
        )
        but = f" (except {excepted})" if excepted else ""
        protocols = " and ".join(self.protocols)
        calls = f"{protocols} {', '.join(map(str, self.ports))}" if self.ports else f"{protocols}, every port"
        return f"{self.kind}: {sources}{but} to {destinations}, {calls}"


class Document(NamedTuple):
    """A policy document.

    Attributes:
        file: the file name used in places.
        owns: the spaces, or apps in them, whose outgoing policies only this document manages; None means the targeted
            space.
        entries: the policies it declares.
        ignored: the policies it ignores.
        complete: whether its author could see all policies of what it owns.
        expectations: what must hold after it is applied.
        lint: what it says under `lint`, if anything.
    """

    file: str
    owns: tuple[Owned, ...] | None
    entries: tuple[PolicyEntry, ...]
    ignored: tuple[Ignored, ...]
    complete: bool = True
    expectations: tuple[Expectation, ...] = ()
    lint: LintSection | None = None

    @property
    def mentions(self) -> Iterator[Mention]:
        """The apps named in its policies, in order."""
        for entry in self.entries:
            yield from entry.sources
            yield from entry.destinations
