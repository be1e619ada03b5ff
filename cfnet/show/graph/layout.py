"""Lays out the apps of a graph: a lane for each space, a column for each step along the policies.

Callers are placed to the left of the apps they call, except in cycles. Lengths are in SVG units.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from itertools import chain, groupby
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from cfnet.show.columns import width
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.show.graph.graph import Graph, SpaceLabel

_Lane: TypeAlias = dict[int, list[str]]
"""The apps of a space (GUIDs) by column, each column from top to bottom."""

LONGEST_NAME: Final = 30
"""The most characters of a name that are shown; longer names are truncated."""

NODE_HEIGHT: Final = 30.0
_CHARACTER: Final = 7.4
_ROW: Final = NODE_HEIGHT + 22
_TALLEST: Final = 9
_DEEPEST: Final = 7
_MARGIN: Final = 16.0
_TITLE: Final = 26.0


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
    def middle(self) -> float:
        """The y coordinate of its middle."""
        return self.y + self.height / 2

    def meets(self, other: Rectangle) -> bool:
        """Return whether the two boxes overlap."""
        return not (
            self.right <= other.x
            or other.right <= self.x
            or self.y + self.height <= other.y
            or other.y + other.height <= self.y
        )


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


def shown_name(guid: str, graph: Graph) -> str:
    """Return an app's name, truncated to `LONGEST_NAME`; the beginning of the GUID of an unknown app."""
    name = printable(graph.name(guid))
    if name == printable(guid) and not graph.known(guid) and len(guid) > LONGEST_NAME:
        return f"{printable(guid[:13])}…"
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def lay_out(graph: Graph) -> Layout:
    """Place the apps of `graph`; the same graph is always placed the same way."""
    node_width = 28 + _CHARACTER * max((width(shown_name(guid, graph)) for guid in graph.nodes), default=0)
    gap = 60 + 6.2 * min(26, max((len(edge.label) for edge in graph.edges), default=0))
    lanes = _lanes(graph)
    left, right = _lefts(lanes.values(), node_width, gap)
    inner = right + _MARGIN + 8
    nodes: dict[str, Rectangle] = {}
    spaces: list[tuple[SpaceLabel, Rectangle]] = []
    orgs: list[tuple[str, Rectangle]] = []
    y = _MARGIN
    for org, group in groupby(lanes.items(), key=lambda item: item[0].org):
        top = y
        y += _TITLE if org else 0
        for place, lane in group:
            rows = max(min(len(guids), _TALLEST) for guids in lane.values())
            height = _TITLE + rows * _ROW
            for column, guids in lane.items():
                nodes |= _stacked(guids, left[column], y + _TITLE + 4, node_width, rows)
            spaces.append((place, Rectangle(2 * _MARGIN - 4, y, inner - 2 * _MARGIN + 4, height)))
            y += height + _MARGIN
        orgs.append((org, Rectangle(_MARGIN, top, inner, y - top)))
        y += _MARGIN
    return Layout(nodes, spaces, orgs, inner + 2 * _MARGIN, y)


def _lanes(graph: Graph) -> dict[SpaceLabel, _Lane]:
    """Group the apps of each space by column."""
    column_of = _columns(graph)
    heights = {guid: float(at) for at, guid in enumerate(graph.nodes)}
    callers = _neighbours((edge.destination, edge.source) for edge in graph.edges)
    return {place: _ordered(guids, column_of, heights, callers) for place, guids in graph.places.items()}


def _lefts(lanes: Iterable[_Lane], node_width: float, gap: float) -> tuple[dict[int, float], float]:
    """Return the left edge of each column, and the right edge of the last.

    A column is as many apps wide as its fullest lane needs to be at most `_TALLEST` apps high.
    """
    abreast: dict[int, int] = {}
    for column, guids in chain.from_iterable(lane.items() for lane in lanes):
        abreast[column] = max(abreast.get(column, 1), -(-len(guids) // _TALLEST))
    left: dict[int, float] = {}
    x = 2 * _MARGIN + 8
    for column in sorted(abreast):
        left[column] = x
        x += abreast[column] * (node_width + 24) - 24 + gap
    return left, x - gap


def _stacked(guids: Sequence[str], x: float, y: float, node_width: float, rows: int) -> dict[str, Rectangle]:
    """Stack boxes in as many stacks as needed; a short stack is centred in the lane."""
    spare = (rows - min(len(guids), _TALLEST)) * _ROW / 2
    return {
        guid: Rectangle(
            x + at // _TALLEST * (node_width + 24), y + spare + at % _TALLEST * _ROW, node_width, NODE_HEIGHT
        )
        for at, guid in enumerate(guids)
    }


def _columns(graph: Graph) -> dict[str, int]:
    """Return the column of each app: the length of the longest path to it, or of the shortest if that is too long."""
    calls: dict[str, list[str]] = {guid: [] for guid in graph.nodes} | _neighbours(
        (edge.source, edge.destination) for edge in graph.edges if edge.source != edge.destination
    )
    onward = _without_cycles(calls)
    called = set(chain.from_iterable(onward.values()))
    roots = [guid for guid in calls if guid not in called]
    longest = _longest(roots, calls, onward)
    return longest if max(longest.values(), default=0) <= _DEEPEST else _shortest(roots, calls)


def _longest(roots: Iterable[str], guids: Iterable[str], onward: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the length of the longest path from the roots to each of `guids`; `onward` must have no cycles."""
    entering = Counter(chain.from_iterable(onward.values()))
    longest = dict.fromkeys(guids, 0)
    ready = deque(roots)
    while ready:
        guid = ready.popleft()
        for called in onward.get(guid, ()):
            longest[called] = max(longest[called], longest[guid] + 1)
            entering[called] -= 1
            if not entering[called]:
                ready.append(called)
    return longest


def _shortest(roots: Iterable[str], calls: Mapping[str, Sequence[str]]) -> dict[str, int]:
    steps = dict.fromkeys(roots, 0)
    front = list(steps)
    while front:
        reached = [called for guid in front for called in calls.get(guid, ()) if called not in steps]
        step = steps[front[0]] + 1
        steps |= dict.fromkeys(reached, step)
        front = list(dict.fromkeys(reached))
    return {guid: min(steps.get(guid, 0), _DEEPEST) for guid in calls}


def _without_cycles(calls: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Remove the back edges found by a depth-first search."""
    onward: dict[str, list[str]] = {}
    finished: set[str] = set()
    called_by_some = {guid for called in calls.values() for guid in called}
    for root in sorted(calls, key=lambda guid: (guid in called_by_some, guid)):
        walk, on_walk = [(root, iter(calls.get(root, ())))], {root}
        if root in finished:
            continue
        while walk:
            guid, rest = walk[-1]
            called = next(rest, None)
            if called is None:
                walk.pop()
                on_walk.discard(guid)
                finished.add(guid)
            elif called not in on_walk:
                onward.setdefault(guid, []).append(called)
                if called not in finished:
                    walk.append((called, iter(calls.get(called, ()))))
                    on_walk.add(called)
    return onward


def _ordered(
    guids: Sequence[str],
    column_of: Mapping[str, int],
    height: Mapping[str, float],
    callers: Mapping[str, Sequence[str]],
) -> _Lane:
    """Group the apps of a lane by column, and sort each column by the average height of the callers."""
    lane: _Lane = {}
    for guid in guids:
        lane.setdefault(column_of[guid], []).append(guid)
    for column in sorted(lane):
        known = {guid: [height[caller] for caller in callers.get(guid, ())] or [height[guid]] for guid in lane[column]}
        lane[column].sort(key=lambda guid: (sum(known[guid]) / len(known[guid]), height[guid]))
    return lane


def _neighbours(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one, other in pairs:
        found.setdefault(one, []).append(other)
    return found
