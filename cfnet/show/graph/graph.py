"""The graph of apps and the policies between them, with the change of each policy."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from cfnet.policy import Policy, Protocol
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cfnet.policy import App


class Change(StrEnum):
    """The change of a policy."""

    ADDED = "added"
    REMOVED = "removed"
    KEPT = "kept"

    @property
    def sign(self) -> str:
        """`+`, `-` or nothing: shown before the ports, to be readable without colours."""
        return {Change.ADDED: "+", Change.REMOVED: "-", Change.KEPT: ""}[self]


class Direction(StrEnum):
    """The direction in which policies are followed from an app."""

    IN = "in"
    OUT = "out"
    BOTH = "both"


class Arrow(NamedTuple):
    """A policy and its change."""

    policy: Policy
    change: Change

    @property
    def label(self) -> str:
        """The protocol and ports with the sign of the change: `+tcp 8080`."""
        return f"{self.change.sign}{self.policy.protocol} {self.policy.ports}"

    @property
    def short(self) -> str:
        """The label without the word `tcp`."""
        if self.policy.protocol is Protocol.TCP:
            return f"{self.change.sign}{self.policy.ports}"
        return self.label


class Edge(NamedTuple):
    """All policies from one node to another.

    Attributes:
        source: the key of the node of the sources.
        destination: the key of the node of the destinations.
        arrows: the policies.
        counts: whether labels show numbers of policies instead of ports, because a node has several apps.
    """

    source: str
    destination: str
    arrows: tuple[Arrow, ...]
    counts: bool = False

    @property
    def change(self) -> Change:
        """The change of all its policies; `KEPT` if their changes differ."""
        return Change.KEPT if self.mixed else self.arrows[0].change

    @property
    def mixed(self) -> bool:
        """Whether its policies have different changes."""
        return any(arrow.change is not self.arrows[0].change for arrow in self.arrows)

    @property
    def label(self) -> str:
        """The labels of all its policies: `tcp 8080, +udp 53`, or their numbers: `12, +3 policies`."""
        if not self.counts:
            return ", ".join(arrow.label for arrow in self.arrows)
        numbers = ", ".join(word for word, _ in self.words)
        return f"{numbers} {'policy' if len(self.arrows) == 1 else 'policies'}"

    @property
    def words(self) -> list[tuple[str, Change]]:
        """The parts of a label that is as short as possible, each with its change."""
        if not self.counts:
            return [(arrow.short, arrow.change) for arrow in self.arrows]
        numbers = Counter(arrow.change for arrow in self.arrows)
        order = (Change.KEPT, Change.ADDED, Change.REMOVED)
        return [(f"{change.sign}{numbers[change]:,}", change) for change in order if numbers[change]]


class SpaceLabel(NamedTuple):
    """The names of a space and its org; both empty if unknown."""

    org: str
    space: str

    def __str__(self) -> str:
        """Format as `ORG/SPACE`."""
        return f"{self.org}/{self.space}" if self.org or self.space else "deleted, or not visible"


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph to draw.

    Attributes:
        arrows: the policies, sorted by the names of their apps.
        apps: the apps with known names, by GUID; may include apps that are not drawn.
        nodes: the GUIDs of the apps that are drawn, sorted by name.
        compares: whether live policies were compared with declared ones, so that there may be changes.
    """

    arrows: tuple[Arrow, ...]
    apps: Mapping[str, App]
    nodes: tuple[str, ...]
    compares: bool = False

    def name(self, guid: str) -> str:
        """Return an app's name, or the GUID of an unknown app."""
        app = self.apps.get(guid)
        return app.name if app else guid

    def path(self, guid: str) -> str:
        """Return `ORG/SPACE/APP`, or the GUID of an unknown app."""
        app = self.apps.get(guid)
        return app.known_path if app else guid

    def title(self, guid: str) -> str:
        """Return the path and the GUID of an app."""
        return f"{self.path(guid)} ({guid})" if guid in self.apps else guid

    def known(self, guid: str) -> bool:
        """Return whether the name of an app is known."""
        return guid in self.apps

    def is_group(self, guid: str) -> bool:
        """Return whether a node stands for several apps."""
        del guid
        return False

    def place(self, guid: str) -> SpaceLabel:
        """Return the space of an app."""
        app = self.apps.get(guid)
        return SpaceLabel(app.space.org.name, app.space.name) if app else SpaceLabel("", "")

    def edge(self, source: str, destination: str, arrows: Sequence[Arrow]) -> Edge:
        """Return the edge of policies between two nodes."""
        return Edge(source, destination, tuple(arrows))

    def node(self, guid: str) -> str:
        """Return the key of the node of an app: its GUID."""
        return guid

    @property
    def places(self) -> dict[SpaceLabel, list[str]]:
        """The nodes, grouped by space; those of unknown spaces come last."""
        found: dict[SpaceLabel, list[str]] = {}
        for guid in sorted(self.nodes, key=lambda guid: (self.place(guid) == SpaceLabel("", ""), self.place(guid))):
            found.setdefault(self.place(guid), []).append(guid)
        return found

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The policies, grouped by pair of nodes."""
        found: dict[tuple[str, str], list[Arrow]] = {}
        for arrow in self.arrows:
            ends = self.node(arrow.policy.source), self.node(arrow.policy.destination)
            found.setdefault(ends, []).append(arrow)
        return tuple(self.edge(*ends, arrows) for ends, arrows in found.items())

    @property
    def node_count(self) -> str:
        """The number of nodes: `7 apps`."""
        return counted(len(self.nodes), "app")

    @property
    def summary(self) -> str:
        """All counts, in a sentence."""
        counts = f"{self.node_count}, {counted(len(self.arrows), 'policy', 'policies')}"
        if not self.compares:
            return f"{counts}."
        by_change = [sum(arrow.change is change for arrow in self.arrows) for change in Change]
        return f"{counts}: " + ", ".join(f"{n} {change}" for n, change in zip(by_change, Change, strict=True)) + "."


def graph_of(
    arrows: Iterable[Arrow], apps: Mapping[str, App], *, more: Collection[str] = (), compares: bool = False
) -> Graph:
    """Make a graph of `arrows` and of the apps `more`, which are drawn even without policies."""
    unsorted = Graph((), apps, ())
    ordered = sorted(arrows, key=lambda arrow: (*map(unsorted.path, arrow.policy[:2]), arrow.policy))
    guids = {*more, *(guid for arrow in ordered for guid in arrow.policy[:2])}
    nodes = sorted(guids, key=lambda guid: (unsorted.path(guid), guid))
    return Graph(tuple(ordered), apps, tuple(nodes), compares)


def around(arrows: Sequence[Arrow], apps: Collection[str], direction: Direction, depth: int) -> list[Arrow]:
    """Select the `arrows` that are reachable from `apps` (GUIDs) within `depth` steps in `direction`."""
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
