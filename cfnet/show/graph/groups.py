"""Collapses the apps of a graph to their spaces or orgs, with the numbers of policies between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.show.graph.graph import Edge, Graph, SpaceLabel
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.show.graph.graph import Arrow

UNKNOWN: Final = SpaceLabel("", "")
"""The label of the group of apps whose spaces are unknown."""


class NodeLevel(StrEnum):
    """What a node of a graph stands for."""

    APP = "app"
    SPACE = "space"
    ORG = "org"


class Group(NamedTuple):
    """A node for several apps.

    Attributes:
        label: the org and space; the space is empty if it stands for all spaces of the org.
        lane: the names of the box that it is drawn in.
        apps: the number of its apps.
        name: its name within its lane.
    """

    label: SpaceLabel
    lane: SpaceLabel
    apps: int
    name: str

    @property
    def path(self) -> str:
        """`ORG/SPACE`, or the name of the org."""
        return self.label.org if self.label.org and not self.label.space else str(self.label)


@dataclass(frozen=True, slots=True)
class GroupedGraph(Graph):
    """A graph in which some nodes stand for all apps of a space or an org.

    Attributes:
        groups: these nodes, by key.
        group_of: the keys of the groups of collapsed apps, by GUID; other apps are nodes themselves.
        level: what the groups stand for.
    """

    groups: Mapping[str, Group] = field(default_factory=dict)
    group_of: Mapping[str, str] = field(default_factory=dict)
    level: NodeLevel = NodeLevel.SPACE

    def name(self, guid: str) -> str:
        """Return the name of a space or an org within its lane, or of an app."""
        group = self.groups.get(guid)
        return group.name if group else Graph.name(self, guid)

    def path(self, guid: str) -> str:
        """Return `ORG/SPACE`, the name of an org, or the path of an app."""
        group = self.groups.get(guid)
        return group.path if group else Graph.path(self, guid)

    def title(self, guid: str) -> str:
        """Return the path of a group and the number of its apps."""
        group = self.groups.get(guid)
        return f"{group.path}: {counted(group.apps, 'app')}" if group else Graph.title(self, guid)

    def known(self, guid: str) -> bool:
        """Return whether the name of a node is known."""
        group = self.groups.get(guid)
        return group.label != UNKNOWN if group else Graph.known(self, guid)

    def is_group(self, guid: str) -> bool:
        """Return whether a node stands for several apps."""
        return guid in self.groups

    def place(self, guid: str) -> SpaceLabel:
        """Return the names of the box that a node is drawn in."""
        group = self.groups.get(guid)
        return group.lane if group else Graph.place(self, guid)

    def edge(self, source: str, destination: str, arrows: Sequence[Arrow]) -> Edge:
        """Return an edge, labelled with its number of policies if it has a group at an end."""
        return Edge(source, destination, tuple(arrows), source in self.groups or destination in self.groups)

    def node(self, guid: str) -> str:
        """Return the key of the node of an app."""
        return self.group_of.get(guid, guid)

    @property
    def node_count(self) -> str:
        """The number of groups and of their apps: `2 spaces, 7 apps`."""
        apps = sum(group.apps for group in self.groups.values())
        return f"{counted(len(self.groups), self.level.value)}, {counted(apps, 'app')}"


def collapse(graph: Graph, level: NodeLevel) -> Graph:
    """Return `graph` with one node for each space or org; the same graph at the level of apps."""
    if level is NodeLevel.APP:
        return graph
    labels = {guid: _label(graph.place(guid), level) for guid in graph.nodes}
    groups = _groups(labels, {label: _lane(label, level) for label in labels.values()})
    keys = tuple(sorted(groups, key=lambda key: (groups[key].label == UNKNOWN, groups[key].label)))
    # Policies with the same ends after collapsing become neighbours, in the order of the nodes.
    order = {key: at for at, key in enumerate(keys)}
    group_of = {guid: _key(label) for guid, label in labels.items()}
    arrows = sorted(graph.arrows, key=lambda arrow: tuple(order[group_of[guid]] for guid in arrow.policy[:2]))
    return GroupedGraph(tuple(arrows), graph.apps, keys, graph.compares, groups, group_of, level)


def _groups(labels: Mapping[str, SpaceLabel], lanes: Mapping[SpaceLabel, tuple[SpaceLabel, str]]) -> dict[str, Group]:
    """Return the groups by key, given the label of each app, and the lane and name for each label."""
    numbers: dict[SpaceLabel, int] = {}
    for label in labels.values():
        numbers[label] = numbers.get(label, 0) + 1
    return {_key(label): Group(label, lanes[label][0], number, lanes[label][1]) for label, number in numbers.items()}


def _label(place: SpaceLabel, level: NodeLevel) -> SpaceLabel:
    return place if level is NodeLevel.SPACE else SpaceLabel(place.org, "")


def _lane(label: SpaceLabel, level: NodeLevel) -> tuple[SpaceLabel, str]:
    """Return the box that a group is drawn in, and its name there.

    A lane without an org is drawn as one box instead of two around each other.
    """
    if label == UNKNOWN:
        return UNKNOWN, str(UNKNOWN)
    if level is NodeLevel.ORG:
        return SpaceLabel("", "all orgs"), label.org
    return SpaceLabel("", label.org), label.space


def _key(label: SpaceLabel) -> str:
    """Return the key of a group; it cannot be a GUID."""
    return f"group {label.org}/{label.space}"


def opened(graph: Graph, inside: SpaceLabel, apps: Sequence[str], arrows: Sequence[Arrow]) -> GroupedGraph:
    """Return the graph of the apps of a space, or of the spaces of an org, with groups for everything around it.

    Args:
        graph: the graph of all apps.
        inside: the label of the space; without a space, that of the org.
        apps: the apps of the space; none for an org.
        arrows: the policies of apps inside.
    """
    level = NodeLevel.APP if inside.space or inside == UNKNOWN else NodeLevel.SPACE
    ends = dict.fromkeys(guid for arrow in arrows for guid in arrow.policy[:2])
    outside = {guid: label for guid in ends if (label := _around(graph.place(guid), inside, level)) is not None}
    groups = _groups(outside, {label: _lane_around(label, inside) for label in outside.values()})
    nodes = (*sorted(groups, key=lambda key: groups[key].label), *apps)
    group_of = {guid: _key(label) for guid, label in outside.items()}
    return GroupedGraph(tuple(arrows), graph.apps, nodes, graph.compares, groups, group_of, level)


def _around(place: SpaceLabel, inside: SpaceLabel, level: NodeLevel) -> SpaceLabel | None:
    """Return the group of the apps of a space in an opened graph; None if they are drawn themselves."""
    if level is NodeLevel.APP:
        return None if place == inside else place
    return place if place.org == inside.org else SpaceLabel(place.org, "")


def _lane_around(label: SpaceLabel, inside: SpaceLabel) -> tuple[SpaceLabel, str]:
    """Return the box that a group around an opened one is drawn in, and its name there."""
    if label.org == inside.org and label.space and not inside.space and inside != UNKNOWN:
        return SpaceLabel("", inside.org), str(label)
    name = label.org if label.org and not label.space else str(label)
    return SpaceLabel("", "around it"), name
