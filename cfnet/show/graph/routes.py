"""Routes edges around the boxes of nodes.

Boxes are in tracks: those with the same left edge. Between tracks there are channels without boxes, where edges are
curves; they cross the tracks of a column between its boxes, as straight lines.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.show.graph.layout import ABREAST, NODE_HEIGHT, Rectangle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.show.graph.graph import Edge

_CLEAR: Final = 4.0
"""The least distance between an edge and a box that it passes."""

_APART: Final = 6.0
"""The distance between edges side by side, if there is room."""

_LOOP: Final = 34.0
"""How far edges within a track go to the right, if there is room."""


class Track(NamedTuple):
    """A track of boxes with the same left edge.

    Attributes:
        x: the left edge.
        right: the right edge.
        room: the width of the channel to the right.
        column: the number of its column: edges cross tracks of the same column, which are close together, at once.
        passages: the ranges of heights that are free in its column, from top to bottom.
    """

    x: float
    right: float
    room: float
    column: int
    passages: Sequence[tuple[float, float]]


class EdgeRoute(NamedTuple):
    """The route of an edge: tracks of its ends, and its heights: at the start, in each column between, at the end."""

    start: int
    end: int
    heights: Sequence[float]


class _Crossed(NamedTuple):
    """Tracks of a column that an edge crosses: those where it enters and leaves the column."""

    first: int
    last: int


def tracks_of(boxes: Iterable[Rectangle], width: float, height: float) -> list[Track]:
    """Return the tracks of `boxes` in a picture of this size."""
    by_x: dict[float, list[Rectangle]] = defaultdict(list)
    for box in boxes:
        by_x[box.x].append(box)
    lefts = sorted(by_x)
    rooms = [following - by_x[x][0].right for x, following in zip(lefts, (*lefts[1:], width), strict=False)]
    columns = [0, *accumulate(room > ABREAST + 1 for room in rooms)]
    in_column: dict[int, list[Rectangle]] = defaultdict(list)
    for x, column in zip(lefts, columns, strict=False):
        in_column[column] += by_x[x]
    passages = {column: _passages(found, height) for column, found in in_column.items()}
    return [
        Track(x, by_x[x][0].right, room, column, passages[column])
        for x, room, column in zip(lefts, rooms, columns, strict=False)
    ]


def _passages(boxes: Iterable[Rectangle], height: float) -> list[tuple[float, float]]:
    passages, top = [], 0.0
    for box in sorted(boxes, key=lambda box: box.y):
        if box.y - _CLEAR > top:
            passages.append((top, box.y - _CLEAR))
        top = box.bottom + _CLEAR
    return [*passages, (top, max(top, height))]


def routes(edges: Sequence[Edge], boxes: Mapping[str, Rectangle], tracks: Sequence[Track]) -> list[EdgeRoute]:
    """Return the route of each edge."""
    number = {track.x: at for at, track in enumerate(tracks)}
    ends = [(boxes[edge.source], boxes[edge.destination]) for edge in edges]
    passed = [_crossed(number[one.x], number[other.x], tracks) for one, other in ends]
    wanted = [_wanted(one, other, between, tracks) for (one, other), between in zip(ends, passed, strict=True)]
    crossings = _spread_in_passages(ends, passed, wanted, tracks)
    docks = _docks(edges, ends, crossings)
    return [
        EdgeRoute(number[one.x], number[other.x], (start, *heights, end))
        for (one, other), heights, (start, end) in zip(ends, crossings, docks, strict=True)
    ]


def _crossed(start: int, end: int, tracks: Sequence[Track]) -> list[_Crossed]:
    """Return the tracks between two, grouped by column."""
    between = range(start + 1, end) if start < end else range(start - 1, end, -1)
    found = []
    for _, group in groupby(between, key=lambda at: tracks[at].column):
        first, *more = group
        found.append(_Crossed(first, more[-1] if more else first))
    return found


def _wanted(one: Rectangle, other: Rectangle, crossed: Sequence[_Crossed], tracks: Sequence[Track]) -> list[float]:
    """Return the free height nearest to the straight line in each column between."""
    x, y = one.x, one.middle
    heights = []
    for first, last in crossed:
        towards = (tracks[first].x + tracks[last].x) / 2
        y = _free(y + (other.middle - y) * (towards - x) / (other.x - x), tracks[first])
        x = towards
        heights.append(y)
    return heights


def _free(y: float, track: Track) -> float:
    after = bisect_left(track.passages, (y, y))
    near = track.passages[max(0, after - 1) : after + 1]
    return min((min(max(y, low), high) for low, high in near), key=lambda free: abs(free - y))


def _spread_in_passages(
    ends: Sequence[tuple[Rectangle, Rectangle]],
    passed: Sequence[Sequence[_Crossed]],
    wanted: Sequence[Sequence[float]],
    tracks: Sequence[Track],
) -> list[list[float]]:
    """Move edges that cross a track between the same boxes apart, in the order of where they come from and go to."""
    passages = {track.column: track.passages for track in tracks}
    together: dict[tuple[int, int], list[tuple[float, float, int, int]]] = defaultdict(list)
    for edge, ((one, other), between, heights) in enumerate(zip(ends, passed, wanted, strict=True)):
        stops = [one.middle, *heights, other.middle]
        for place, (crossed, y) in enumerate(zip(between, heights, strict=True)):
            column = tracks[crossed.first].column
            passage = bisect_left(passages[column], (y, float("inf"))) - 1
            together[column, passage].append((stops[place] + stops[place + 2], y, edge, place))
    found = [list(heights) for heights in wanted]
    for (column, passage), crossing in together.items():
        low, high = passages[column][passage]
        crossing.sort()
        heights = _apart(sorted(y for _, y, *_ in crossing), low, high)
        for (*_, edge, place), y in zip(crossing, heights, strict=True):
            found[edge][place] = y
    return found


def _apart(heights: Sequence[float], low: float, high: float) -> list[float]:
    """Return increasing heights, at least `_APART` apart if there is room, near `heights` (sorted)."""
    step = min(_APART, (high - low) / len(heights))
    placed: list[float] = []
    for y in heights:
        placed.append(max(y, placed[-1] + step) if placed else max(y, low))
    most = high
    for at in range(len(placed) - 1, -1, -1):
        placed[at] = min(placed[at], most)
        most = placed[at] - step
    return placed


def _docks(
    edges: Sequence[Edge], ends: Sequence[tuple[Rectangle, Rectangle]], crossings: Sequence[Sequence[float]]
) -> list[tuple[float, float]]:
    """Return the heights at which each edge leaves and enters its boxes: in the order of where they go.

    Edges within a track start and end on the right.
    """
    at_side: dict[tuple[str, bool], list[tuple[float, int, int]]] = defaultdict(list)
    for number, (edge, (one, other), heights) in enumerate(zip(edges, ends, crossings, strict=True)):
        first, last = (heights[0], heights[-1]) if heights else (other.middle, one.middle)
        if one == other:
            # A loop goes around everything else on this side, so that it is as large as possible.
            first, last = -math.inf, math.inf
        at_side[edge.source, one.x <= other.x].append((first, number, 0))
        at_side[edge.destination, other.x <= one.x].append((last, number, 1))
    docks = [[one.middle, other.middle] for one, other in ends]
    for here in at_side.values():
        here.sort()
        step = min(2 * _APART, (NODE_HEIGHT - 8) / len(here))
        for place, (_, number, end) in enumerate(here):
            docks[number][end] += (place - (len(here) - 1) / 2) * step
    return [(start, end) for start, end in docks]


class Piece(NamedTuple):
    """A part of a path: a cubic Bézier curve, given by four points."""

    x0: float
    y0: float
    x1: float
    y1: float
    x2: float
    y2: float
    x3: float
    y3: float

    def at(self, along: float) -> tuple[float, float]:
        """Return the point at this part (0 to 1) of the curve."""
        rest = 1 - along
        a, b, c, d = rest**3, 3 * rest**2 * along, 3 * rest * along**2, along**3
        return (
            a * self.x0 + b * self.x1 + c * self.x2 + d * self.x3,
            a * self.y0 + b * self.y1 + c * self.y2 + d * self.y3,
        )


def pieces(route: EdgeRoute, tracks: Sequence[Track]) -> list[Piece]:
    """Return the curves of a route, one in each channel; straight lines across tracks connect them."""
    if route.start == route.end:
        x, room = tracks[route.start].right, tracks[route.start].room
        start, end = route.heights
        side = min(_LOOP + abs(start - end) / 8, room - 2 * _CLEAR)
        return [Piece(x, start, x + side, start, x + side, end, x, end)]
    forward = route.start < route.end
    stops = [
        _Crossed(route.start, route.start),
        *_crossed(route.start, route.end, tracks),
        _Crossed(route.end, route.end),
    ]
    leaves = [tracks[stop.last].right if forward else tracks[stop.last].x for stop in stops]
    enters = [tracks[stop.first].x if forward else tracks[stop.first].right for stop in stops]
    found = []
    for at, (y0, y1) in enumerate(pairwise(route.heights)):
        x0, x1 = leaves[at], enters[at + 1]
        middle = (x0 + x1) / 2
        found.append(Piece(x0, y0, middle, y0, middle, y1, x1, y1))
    return found
