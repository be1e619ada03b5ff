"""The pictures of a page: where it starts, and each space or org opened.

The page starts with apps if there are few, otherwise with spaces, or orgs if there are many spaces.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.show.graph.groups import UNKNOWN, NodeLevel, collapse, opened
from cfnet.show.graph.labels import Obstacles, place_labels
from cfnet.show.graph.layout import lay_out
from cfnet.show.graph.routes import pieces, routes, tracks_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.show.graph.graph import Arrow, Edge, Graph, SpaceLabel
    from cfnet.show.graph.labels import PlacedLabel
    from cfnet.show.graph.layout import Layout
    from cfnet.show.graph.routes import EdgeRoute, Piece, Track

MOST_APPS: Final = 60
"""The most apps with which a page starts, unless asked to."""

MOST_SPACES: Final = 120
"""The most spaces with which a page starts, unless asked to."""

MOST_EDGES: Final = 1_500
"""The most edges of a space that are drawn at once; of others, only the neighbours of a chosen app are drawn."""

BUSY: Final = 150
"""Above this number of edges, labels would cover each other and are shown only on hover."""


class Drawing(NamedTuple):
    """A graph with the positions of all its parts.

    Attributes:
        graph: the graph.
        edges: its edges.
        layout: the positions of boxes.
        tracks: the tracks of boxes.
        routes: the route of each edge.
        paths: the curves of each edge.
        labels: the label of each edge; empty if the page places them when they are shown.
    """

    graph: Graph
    edges: Sequence[Edge]
    layout: Layout
    tracks: Sequence[Track]
    routes: Sequence[EdgeRoute]
    paths: Sequence[Sequence[Piece]]
    labels: Sequence[PlacedLabel]

    @property
    def busy(self) -> bool:
        """Whether labels are shown only on hover."""
        return len(self.edges) > BUSY


def draw(graph: Graph, *, quick: bool = False) -> Drawing:
    """Place all parts of a graph; with `quick`, without labels that would be shown only on hover."""
    edges = graph.edges
    layout = lay_out(graph, edges, quick=quick)
    tracks = tracks_of(layout.nodes.values(), layout.width, layout.height)
    found = routes(edges, layout.nodes, tracks)
    paths = [pieces(route, tracks) for route in found]
    busy = len(edges) > BUSY
    if quick and busy:
        return Drawing(graph, edges, layout, tracks, found, paths, [])
    texts = (edge.label for edge in edges)
    labels = place_labels(texts, paths, Obstacles.of(layout), together=not busy)
    return Drawing(graph, edges, layout, tracks, found, paths, list(labels))


class Views(NamedTuple):
    """The pictures of a page.

    Attributes:
        start: what the page starts with.
        opened: the opened spaces and orgs, by label.
    """

    start: Drawing
    opened: dict[SpaceLabel, Drawing]


def start_level(graph: Graph) -> NodeLevel:
    """Return what a page of this graph starts with."""
    if len(graph.nodes) <= MOST_APPS:
        return NodeLevel.APP
    return NodeLevel.SPACE if len(graph.places) <= MOST_SPACES else NodeLevel.ORG


def views(graph: Graph, level: NodeLevel) -> Views:
    """Draw the pictures of a page that starts with apps, spaces or orgs."""
    start = draw(collapse(graph, level))
    if level is NodeLevel.APP:
        return Views(start, {})
    places = graph.places
    graphs = (
        (label, opened(graph, label, places.get(label, ()), [*inside]))
        for label, inside in _policies_inside(graph, places, level).items()
    )
    drawn = {label: draw(each, quick=True) for label, each in graphs if len(each.edges) <= MOST_EDGES}
    return Views(start, drawn)


def _policies_inside(
    graph: Graph, places: Mapping[SpaceLabel, Sequence[str]], level: NodeLevel
) -> dict[SpaceLabel, dict[Arrow, None]]:
    """Return the policies of the apps of each space, and of each org if the page starts with orgs."""
    found: dict[SpaceLabel, dict[Arrow, None]] = defaultdict(dict)
    place_of = {guid: place for place, guids in places.items() for guid in guids}
    for arrow in graph.arrows:
        for guid in arrow.policy[:2]:
            place = place_of[guid]
            found[place][arrow] = None
            if level is NodeLevel.ORG and place != UNKNOWN:
                found[place._replace(space="")][arrow] = None
    return found
