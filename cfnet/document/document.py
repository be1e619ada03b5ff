"""A policy document as values: who may call whom, by the names that stand in the file, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cfnet.document.wildcards import matches, overlap

if TYPE_CHECKING:
    from cfnet.document.place import Place
    from cfnet.policy import Ports, Protocol


class SpaceName(NamedTuple):
    """A space by its org's name and its own."""

    org: str
    space: str

    def __str__(self) -> str:
        """`ORG/SPACE`."""
        return f"{self.org}/{self.space}"

    @property
    def folded(self) -> SpaceName:
        """The same for all that the Cloud Controller takes for one name: it looks for names without regard to case."""
        return SpaceName(self.org.lower(), self.space.lower())


class AppName(NamedTuple):
    """An app by its name; org or space are None where they are the targeted ones, and nobody said which these are."""

    org: str | None
    space: str | None
    app: str

    def __str__(self) -> str:
        """`ORG/SPACE/APP`, without the parts that are the targeted ones."""
        return "/".join(part for part in self if part is not None)


class AppGuid(NamedTuple):
    """An app by its GUID."""

    guid: str

    def __str__(self) -> str:
        return self.guid


AppRef: TypeAlias = AppName | AppGuid


class Owned(NamedTuple):
    """A space, or only some of its apps, whose outgoing policies a document is the whole truth of.

    Attributes:
        space: its name.
        apps: the names of the apps, with `*` for any text; empty for all of them.
        place: where that is said.
    """

    space: SpaceName
    apps: tuple[str, ...]
    place: Place

    def overlaps(self, other: Owned) -> bool:
        """Whether an app may be in both."""
        if self.space.folded != other.space.folded:
            return False
        return not (self.apps and other.apps) or any(overlap(one, two) for one in self.apps for two in other.apps)


class Mention(NamedTuple):
    """An app, where it is named, and whether it may be missing yet (`pending: true`)."""

    app: AppRef
    place: Place
    pending: bool = False


class PortsThere(NamedTuple):
    """Ports, and where they stand."""

    ports: Ports
    place: Place


class PolicyEntry(NamedTuple):
    """An item of `policies`: each source may call each destination on each of the ports."""

    sources: tuple[Mention, ...]
    destinations: tuple[Mention, ...]
    protocol: Protocol
    ports: tuple[PortsThere, ...]
    place: Place


class AppPattern(NamedTuple):
    """Apps by a name in which `*` stands for any text (of the name of the app, the space or the org, not across)."""

    org: str | None
    space: str | None
    app: str

    def matches(self, name: AppName) -> bool:
        """Whether `name` is one of these apps."""
        return all(
            part == pattern if part is None or pattern is None else matches(pattern, part)
            for pattern, part in zip(self, name, strict=True)
        )


class Ignored(NamedTuple):
    """An item of `ignore`: policies that somebody else keeps. None stands for any."""

    sources: tuple[AppPattern | AppGuid, ...] | None
    destinations: tuple[AppPattern | AppGuid, ...] | None
    protocol: Protocol | None
    ports: tuple[Ports, ...] | None
    place: Place


class Named(NamedTuple):
    """A policy between apps by their names or GUIDs."""

    source: AppRef
    destination: AppRef
    protocol: Protocol
    ports: Ports

    def __str__(self) -> str:
        """`shop/web/a to shop/web/b, tcp 8080`."""
        return f"{self.source} to {self.destination}, {self.protocol} {self.ports}"


class Document(NamedTuple):
    """A policy document.

    Attributes:
        file: what its places call it.
        owns: the spaces, or apps of them, whose outgoing policies it is the whole truth of; None for the targeted one.
        entries: the policies it declares.
        ignored: those it leaves to others.
        complete: whether whoever wrote it saw all policies of what it owns.
    """

    file: str
    owns: tuple[Owned, ...] | None
    entries: tuple[PolicyEntry, ...]
    ignored: tuple[Ignored, ...]
    complete: bool = True
