"""Lays out the nodes of a graph: a lane for each space, a column for each step along the policies.

Callers are placed to the left of the apps they call, except in cycles. Lengths are in SVG units.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.show.columns import width
from cfnet.show.graph.ordering import Stacks, ordered, rows_of
from cfnet.show.graph.steps import columns_of
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.show.graph.graph import Edge, Graph, SpaceLabel
    from cfnet.show.graph.ordering import Lane

LONGEST_NAME: Final = 30
"""The most characters of a name that are shown; longer names are truncated."""

NODE_HEIGHT: Final = 30.0
TITLE_HEIGHT: Final = 26.0
ABREAST: Final = 30.0
"""The distance between stacks of the same column."""

_CHARACTER: Final = 7.4
_ROW: Final = NODE_HEIGHT + 22
_MARGIN: Final = 16.0


class Rectangle(NamedTuple):
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x coordinate of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y coordinate of its bottom edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The y coordinate of its middle."""
        return self.y + self.height / 2

    def meets(self, other: Rectangle) -> bool:
        """Return whether the two boxes overlap."""
        return not (self.right <= other.x or other.right <= self.x or self.bottom <= other.y or other.bottom <= self.y)


@dataclass(frozen=True, slots=True)
class Layout:
    """The positions of everything in a picture.

    Attributes:
        nodes: the boxes of apps, by GUID.
        spaces: the lanes.
        orgs: the box around the lanes of each org; the name is empty for apps of unknown spaces.
        width: the width of the picture.
        height: the height of the picture.
    """

    nodes: Mapping[str, Rectangle]
    spaces: Sequence[tuple[SpaceLabel, Rectangle]]
    orgs: Sequence[tuple[str, Rectangle]]
    width: float
    height: float

    @property
    def lanes(self) -> list[tuple[str, str, Rectangle]]:
        """The boxes with titles: "org" or "space", the title, and the box."""
        orgs = [("org", org, box) for org, box in self.orgs if org]
        return [*orgs, *(("space", place.space or str(place), box) for place, box in self.spaces)]


def shown_name(guid: str, graph: Graph) -> str:
    """Return an app's name, truncated to `LONGEST_NAME`; the beginning of the GUID of an unknown app."""
    name = printable(graph.name(guid))
    if name == printable(guid) and not graph.known(guid) and len(guid) > LONGEST_NAME:
        return f"{printable(guid[:13])}…"
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def lay_out(graph: Graph, edges: Sequence[Edge], *, quick: bool = False) -> Layout:
    """Place the nodes of `graph`; the same graph is always placed the same way.

    With `quick`, less time is spent on avoiding crossings.
    """
    lanes = _lanes(graph, edges, quick=quick)
    node_width = 28 + _CHARACTER * max((width(shown_name(guid, graph)) for guid in graph.nodes), default=0)
    gap = 60 + 6.2 * min(26, max((len(edge.label) for edge in edges), default=0))
    left, right = _lefts(lanes.values(), node_width, gap)
    inner = right + _MARGIN + 8 + _room_for_loops(lanes, edges)
    nodes: dict[str, Rectangle] = {}
    spaces: list[tuple[SpaceLabel, Rectangle]] = []
    orgs: list[tuple[str, Rectangle]] = []
    y = _MARGIN
    for org, group in groupby(lanes.items(), key=lambda item: item[0].org):
        top = y
        y += TITLE_HEIGHT if org else 0
        for place, lane in group:
            rows = rows_of(lane)
            height = TITLE_HEIGHT + rows * _ROW
            for column, guids in lane.items():
                nodes |= _stacked(guids, left[column], y + TITLE_HEIGHT + 4, node_width, rows)
            spaces.append((place, Rectangle(2 * _MARGIN - 4, y, inner - 2 * _MARGIN + 4, height)))
            y += height + _MARGIN
        orgs.append((org, Rectangle(_MARGIN, top, inner, y - top)))
        y += _MARGIN
    return Layout(nodes, spaces, orgs, inner + 2 * _MARGIN, y)


def _lanes(graph: Graph, edges: Sequence[Edge], *, quick: bool) -> Mapping[SpaceLabel, Lane]:
    """Group the nodes of each space by column, in the order in which few edges cross."""
    column_of = columns_of(graph.nodes, edges)
    lanes: dict[SpaceLabel, Lane] = {}
    for place, guids in graph.places.items():
        lane = lanes.setdefault(place, {})
        for guid in guids:
            lane.setdefault(column_of[guid], []).append(guid)
    return ordered(lanes, edges, quick=quick)


def _lefts(lanes: Iterable[Lane], node_width: float, gap: float) -> tuple[dict[int, float], float]:
    """Return the left edge of each column, and the right edge of the last.

    A column is as many apps wide as its fullest lane needs.
    """
    abreast: dict[int, int] = {}
    for column, guids in chain.from_iterable(lane.items() for lane in lanes):
        abreast[column] = max(abreast.get(column, 1), Stacks.of(len(guids)).abreast)
    left: dict[int, float] = {}
    x = 2 * _MARGIN + 8
    for column in sorted(abreast):
        left[column] = x
        x += abreast[column] * (node_width + ABREAST) - ABREAST + gap
    return left, x - gap


def _room_for_loops(lanes: Mapping[SpaceLabel, Lane], edges: Iterable[Edge]) -> float:
    """Return the room to the right of the last column: edges within that are drawn there."""
    columns = {guid: column for lane in lanes.values() for column, guids in lane.items() for guid in guids}
    last = max(columns.values(), default=0)
    return 40 if any(columns[edge.source] == columns[edge.destination] == last for edge in edges) else 0


def _stacked(guids: Sequence[str], x: float, y: float, node_width: float, rows: int) -> dict[str, Rectangle]:
    """Stack boxes in as many stacks as needed; short stacks are centred in the lane."""
    stacks = Stacks.of(len(guids))
    top = y + (rows - stacks.rows) * _ROW / 2
    return {
        guid: Rectangle(
            x + at % stacks.abreast * (node_width + ABREAST),
            top + at // stacks.abreast * _ROW,
            node_width,
            NODE_HEIGHT,
        )
        for at, guid in enumerate(guids)
    }
