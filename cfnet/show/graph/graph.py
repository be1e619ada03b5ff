"""Apps and the policies between them, as what is drawn: which apps, which policies, and what becomes of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from cfnet.policy import Policy, Protocol
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cfnet.policy import App


class Change(StrEnum):
    """What becomes of a policy."""

    ADDED = "added"
    REMOVED = "removed"
    KEPT = "kept"

    @property
    def sign(self) -> str:
        """`+`, `-`, or nothing: what stands before the ports, for those who see no colours."""
        return {Change.ADDED: "+", Change.REMOVED: "-", Change.KEPT: ""}[self]


class Direction(StrEnum):
    """Which way policies are followed from an app."""

    IN = "in"
    OUT = "out"
    BOTH = "both"


class Arrow(NamedTuple):
    """A policy, and what becomes of it."""

    policy: Policy
    change: Change

    @property
    def label(self) -> str:
        """`tcp 8080`, with the sign of the change."""
        return f"{self.change.sign}{self.policy.protocol} {self.policy.ports}"

    @property
    def short(self) -> str:
        """The same without the word `tcp`."""
        if self.policy.protocol is Protocol.TCP:
            return f"{self.change.sign}{self.policy.ports}"
        return self.label


class Edge(NamedTuple):
    """All policies from one app to another."""

    source: str
    destination: str
    arrows: tuple[Arrow, ...]

    @property
    def change(self) -> Change:
        """What becomes of all of them; `KEPT` where that differs."""
        return Change.KEPT if self.mixed else self.arrows[0].change

    @property
    def mixed(self) -> bool:
        """Whether something else becomes of one than of another."""
        return any(arrow.change is not self.arrows[0].change for arrow in self.arrows)

    @property
    def label(self) -> str:
        """`tcp 8080, +udp 53`."""
        return ", ".join(arrow.label for arrow in self.arrows)


class SpaceLabel(NamedTuple):
    """A space by the names of its org and itself; both empty where an app's are not known."""

    org: str
    space: str

    def __str__(self) -> str:
        """`ORG/SPACE`."""
        return f"{self.org}/{self.space}" if self.org or self.space else "deleted, or not visible"


@dataclass(frozen=True, slots=True)
class Graph:
    """What is drawn.

    Attributes:
        arrows: the policies, by the names of their apps.
        apps: the apps whose names are known, by GUID; maybe more than are drawn.
        nodes: the GUIDs of the apps that are drawn, by their names.
        compares: whether policies were compared with what is wanted, so that there may be a change to show.
    """

    arrows: tuple[Arrow, ...]
    apps: Mapping[str, App]
    nodes: tuple[str, ...]
    compares: bool = False

    def name(self, guid: str) -> str:
        """An app's name, or the GUID where no app of that GUID is known."""
        app = self.apps.get(guid)
        return app.name if app else guid

    def path(self, guid: str) -> str:
        """`ORG/SPACE/APP`, or the GUID."""
        app = self.apps.get(guid)
        return app.known_path if app else guid

    def place(self, guid: str) -> SpaceLabel:
        """The space of an app."""
        app = self.apps.get(guid)
        return SpaceLabel(app.space.org.name, app.space.name) if app else SpaceLabel("", "")

    @property
    def places(self) -> dict[SpaceLabel, list[str]]:
        """The apps that are drawn, by their spaces; those of no known space come last."""
        found: dict[SpaceLabel, list[str]] = {}
        for guid in sorted(self.nodes, key=lambda guid: (self.place(guid) == SpaceLabel("", ""), self.place(guid))):
            found.setdefault(self.place(guid), []).append(guid)
        return found

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The policies, those of a pair of apps taken together."""
        found: dict[tuple[str, str], list[Arrow]] = {}
        for arrow in self.arrows:
            found.setdefault((arrow.policy.source, arrow.policy.destination), []).append(arrow)
        return tuple(Edge(*ends, tuple(arrows)) for ends, arrows in found.items())

    @property
    def summary(self) -> str:
        """How much there is, in a sentence."""
        counts = f"{counted(len(self.nodes), 'app')}, {counted(len(self.arrows), 'policy', 'policies')}"
        if not self.compares:
            return f"{counts}."
        by_change = [sum(arrow.change is change for arrow in self.arrows) for change in Change]
        return f"{counts}: " + ", ".join(f"{n} {change}" for n, change in zip(by_change, Change, strict=True)) + "."


def graph_of(
    arrows: Iterable[Arrow], apps: Mapping[str, App], *, more: Collection[str] = (), compares: bool = False
) -> Graph:
    """The graph of `arrows`, and of the apps `more`, which are drawn whether or not a policy has them."""
    unsorted = Graph((), apps, ())
    ordered = sorted(arrows, key=lambda arrow: (*map(unsorted.path, arrow.policy[:2]), arrow.policy))
    guids = {*more, *(guid for arrow in ordered for guid in arrow.policy[:2])}
    nodes = sorted(guids, key=lambda guid: (unsorted.path(guid), guid))
    return Graph(tuple(ordered), apps, tuple(nodes), compares)


def around(arrows: Sequence[Arrow], apps: Collection[str], direction: Direction, depth: int) -> list[Arrow]:
    """Those of `arrows` that are met on the way from `apps` (GUIDs), `depth` steps in `direction`."""
    outward = direction is not Direction.IN
    inward = direction is not Direction.OUT
    leaving: dict[str, list[Arrow]] = {}
    for arrow in arrows:
        if outward:
            leaving.setdefault(arrow.policy.source, []).append(arrow)
        if inward:
            leaving.setdefault(arrow.policy.destination, []).append(arrow)
    met: dict[Arrow, None] = {}
    seen, front = set(apps), set(apps)
    for _ in range(depth):
        reached: set[str] = set()
        for guid in front:
            for arrow in leaving.get(guid, ()):
                met[arrow] = None
                reached |= {arrow.policy.source, arrow.policy.destination}
        front = reached - seen
        if not front:
            break
        seen |= front
    return [arrow for arrow in arrows if arrow in met]
