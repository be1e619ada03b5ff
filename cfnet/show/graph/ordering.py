"""Orders the lanes of a picture, and the apps in each of their columns, so that few edges cross.

Barycentre sweeps: each app moves to the average height of the apps that it calls or that call it, column by column,
from left to right, back, and with both sides (Sugiyama, Tagawa and Toda, 1981). The best arrangement found is kept.
"""

from __future__ import annotations

from itertools import accumulate, chain, combinations, groupby, islice
from math import isqrt
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, TypeVar

from cfnet.show.graph.steps import neighbours

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.show.graph.graph import Edge, SpaceLabel

Lane: TypeAlias = "dict[int, list[str]]"
"""The apps of a space (GUIDs) by column, each column from top to bottom."""

TALLEST: Final = 9
"""The most apps in a stack of a few; a column of a lane has as many stacks as needed."""

_SWEEPS: Final = 9
_MOST_COMPARED: Final = 200
"""Up to this number of edges, crossings are counted, in quadratic time; above it, lengths are added up."""

_MOST_COMPARED_QUICKLY: Final = 50
"""The same number where there are many graphs."""

_TRIES: Final = 60
"""The most other orders of lanes that are tried."""

_EFFORT: Final = 25_000
"""The most edges that are looked at in all these attempts."""

_Lanes: TypeAlias = "Mapping[SpaceLabel, Lane]"
_Item = TypeVar("_Item")


class Stacks(NamedTuple):
    """How the apps of one column of a lane are stacked: row by row, so that their order is also that of their heights.

    Attributes:
        abreast: the number of stacks.
        rows: the number of apps in the tallest one.
    """

    abreast: int
    rows: int

    @classmethod
    def of(cls, apps: int) -> Stacks:
        """Return the stacks for a number of apps."""
        abreast = -(-apps // max(TALLEST, isqrt(2 * apps)))
        return cls(abreast, -(-apps // abreast))


def rows_of(lane: Lane) -> int:
    """Return the height of a lane in rows."""
    return max(Stacks.of(len(guids)).rows for guids in lane.values())


class _Sweeper:
    """Moves apps and lanes."""

    def __init__(self, lanes: Mapping[SpaceLabel, Lane], edges: Sequence[Edge]) -> None:
        self.lanes = _copied(lanes)
        self._ends = [(edge.source, edge.destination) for edge in edges if edge.source != edge.destination]
        both = (*self._ends, *((other, one) for one, other in self._ends))
        self._near = neighbours(both)
        self._column = {guid: column for column, guids in _columns(lanes) for guid in guids}
        self._x: dict[str, float] = {}
        self._height: dict[str, float] = {}
        rows = [rows_of(lane) for lane in self.lanes.values()]
        tops = accumulate((number + 1 for number in rows), initial=0)
        self._spans = dict(zip(self.lanes, zip(tops, rows, strict=False), strict=True))
        for place, lane in self.lanes.items():
            for column in lane:
                self._set_places(place, column)

    def _set_places(self, place: SpaceLabel, column: int) -> None:
        """Note where the apps in a column of a lane are; the order of apps does not change the height of a lane."""
        guids = self.lanes[place][column]
        top, rows = self._spans[place]
        stacks = Stacks.of(len(guids))
        first = top + (rows - stacks.rows) / 2
        for at, guid in enumerate(guids):
            self._x[guid] = column + at % stacks.abreast / (2 * stacks.abreast)
            self._height[guid] = first + at // stacks.abreast

    def sweep(self, side: int) -> None:
        """Move apps towards those in columns to the left (-1), to the right (1) or on both sides (0)."""
        for column in sorted(set(self._column.values()), reverse=side > 0):
            lanes = [(place, lane) for place, lane in self.lanes.items() if column in lane]
            for _place, lane in lanes:
                centre = {guid: self._centre(guid, side) for guid in lane[column]}
                lane[column].sort(key=centre.__getitem__)
            for place, _lane in lanes:
                self._set_places(place, column)

    def _centre(self, guid: str, side: int) -> float:
        column, height = self._column, self._height
        at = column[guid]
        found = [height[other] for other in self._near.get(guid, ()) if side * (column[other] - at) > 0 or not side]
        return _mean(found) if found else height[guid]

    def centres_of_lanes(self) -> dict[SpaceLabel, float]:
        """Return the average height of the apps in other lanes that each lane is connected with."""
        place_of = {guid: place for place, guids in self._apps_of_lanes() for guid in guids}
        found: dict[SpaceLabel, list[float]] = {place: [] for place in self.lanes}
        for guid, others in self._near.items():
            place = place_of[guid]
            found[place] += (self._height[other] for other in others if place_of[other] != place)
        return {
            place: _mean(found[place] or [*map(self._height.__getitem__, guids)])
            for place, guids in self._apps_of_lanes()
        }

    def _apps_of_lanes(self) -> Iterator[tuple[SpaceLabel, list[str]]]:
        return ((place, [*chain.from_iterable(lane.values())]) for place, lane in self.lanes.items())

    def score(self, most_compared: int) -> tuple[int, float]:
        """Return the number of crossings of straight edges, if there are not too many, and their total height."""
        length = sum(abs(self._height[one] - self._height[other]) for one, other in self._ends)
        if len(self._ends) > most_compared:
            return 0, length
        lines = [line for ends in self._ends for line in self._lines(*ends)]
        return _crossings(lines), length

    def _lines(self, one: str, other: str) -> list[tuple[float, float, float, float]]:
        """Return the straight lines of an edge: two if it is within a column, where it goes round on the right."""
        x, y, x1, y1 = self._x[one], self._height[one], self._x[other], self._height[other]
        if x != x1:
            return [(x, y, x1, y1)]
        middle = (x + 0.3, (y + y1) / 2)
        return [(x, y, *middle), (*middle, x1, y1)]


def ordered(lanes: Mapping[SpaceLabel, Lane], edges: Sequence[Edge], *, quick: bool) -> Mapping[SpaceLabel, Lane]:
    """Return `lanes` in another order, with the apps of each column in another order.

    The orders of orgs, and of the spaces of an org, are changed where that avoids crossings; with `quick`, only the
    orders of apps are, in a fraction of the time.
    """
    if quick:
        return _swept(lanes, edges, 3, _MOST_COMPARED_QUICKLY)[0]
    best, best_score = _swept(lanes, edges, _SWEEPS)
    for _ in range(_SWEEPS):
        found, score = _swept(_towards_neighbours(best, edges), edges, 3)
        if score >= best_score:
            break
        best, best_score = found, score
    return _swapped(best, best_score, edges)


def _swapped(best: _Lanes, best_score: tuple[int, float], edges: Sequence[Edge]) -> _Lanes:
    """Return the best arrangement that swapping lanes finds, in a limited number of attempts."""
    tries = min(_TRIES, _EFFORT // (len(edges) + 1))
    improved = True
    while improved:
        improved = False
        for other in islice(_neighbouring_orders(best), tries):
            tries -= 1
            found, score = _swept(other, edges, 3)
            if score < best_score:
                best, best_score, improved = found, score, True
                break
    return best


def _towards_neighbours(lanes: _Lanes, edges: Sequence[Edge]) -> _Lanes:
    """Sort lanes, and the groups of those of an org, by the average height of the apps that they are connected with."""
    sweeper = _Sweeper(lanes, edges)
    centre = sweeper.centres_of_lanes()
    orgs = [[*group] for _org, group in groupby(lanes, key=lambda place: place.org)]
    orgs.sort(key=lambda places: sum(map(centre.__getitem__, places)) / len(places))
    return {place: lanes[place] for places in orgs for place in sorted(places, key=centre.__getitem__)}


def _swept(
    lanes: _Lanes, edges: Sequence[Edge], sweeps: int, most_compared: int = _MOST_COMPARED
) -> tuple[_Lanes, tuple[int, float]]:
    """Return the best arrangement that sweeps find, and its score."""
    sweeper = _Sweeper(lanes, edges)
    best, best_score = _copied(lanes), sweeper.score(most_compared)
    for number in range(sweeps):
        sweeper.sweep((-1, 1, 0)[number % 3])
        score = sweeper.score(most_compared)
        if score < best_score:
            best, best_score = _copied(sweeper.lanes), score
    return best, best_score


def _neighbouring_orders(lanes: _Lanes) -> Iterator[_Lanes]:
    """Yield the orders of lanes in which one lane has another place within its org, or one org another place."""
    orgs = [[*group] for _org, group in groupby(lanes, key=lambda place: place.org)]
    for order in _moves(orgs):
        yield {place: lanes[place] for places in order for place in places}
    for at, places in enumerate(orgs):
        for moved in _moves(places):
            yield {place: lanes[place] for group in (*orgs[:at], moved, *orgs[at + 1 :]) for place in group}


def _moves(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    for one, other in combinations(range(len(items)), 2):
        swapped = [*items]
        swapped[one], swapped[other] = swapped[other], swapped[one]
        yield swapped


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _columns(lanes: _Lanes) -> Iterator[tuple[int, list[str]]]:
    return chain.from_iterable(lane.items() for lane in lanes.values())


def _copied(lanes: Mapping[SpaceLabel, Lane]) -> _Lanes:
    return {place: {column: [*guids] for column, guids in lane.items()} for place, lane in lanes.items()}


def _crossings(lines: Iterable[tuple[float, float, float, float]]) -> int:
    """Count the crossings of straight lines, except at their ends."""
    by_top = sorted((min(y, y1), max(y, y1), x, y, x1, y1) for x, y, x1, y1 in lines)
    number = 0
    for at, (_, bottom, ax, ay, bx, by) in enumerate(by_top, 1):
        dx, dy = bx - ax, by - ay
        for top, _, cx, cy, ex, ey in islice(by_top, at, None):
            if top >= bottom:
                break
            if (dx * (cy - ay) - dy * (cx - ax)) * (dx * (ey - ay) - dy * (ex - ax)) < 0:
                fx, fy = ex - cx, ey - cy
                number += (fx * (ay - cy) - fy * (ax - cx)) * (fx * (by - cy) - fy * (bx - cx)) < 0
    return number
