"""Places the labels of edges where they cover no box, no title and no other label."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.show.columns import width
from cfnet.show.graph.layout import TITLE_HEIGHT, Rectangle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cfnet.show.graph.layout import Layout
    from cfnet.show.graph.routes import Piece

_LONGEST: Final = 26
_HEIGHT: Final = 16.0
_PLACES: Final = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.12, 0.88)
_BESIDE: Final = (0.0, -9.0, 9.0, -17.0, 17.0)
_TITLE_CHARACTER: Final = 7.4
_CELL: Final = 120.0
"""The width and height of the squares in which obstacles are found."""


class PlacedLabel(NamedTuple):
    """The label of an edge.

    Attributes:
        text: the label, truncated.
        box: where it is.
        free: whether it covers nothing there.
    """

    text: str
    box: Rectangle
    free: bool

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of its box."""
        return self.box.x + self.box.width / 2, self.box.middle


class Obstacles:
    """Rectangles that labels must not cover, by the squares that they touch."""

    def __init__(self, rectangles: Iterable[Rectangle]) -> None:
        """Add the first rectangles."""
        self._squares: dict[tuple[int, int], list[Rectangle]] = defaultdict(list)
        for rectangle in rectangles:
            self.add(rectangle)

    @classmethod
    def of(cls, layout: Layout) -> Obstacles:
        """Return the boxes and the titles of lanes and orgs."""
        titles = [
            Rectangle(box.x, box.y, min(box.width, 20 + _TITLE_CHARACTER * width(title)), TITLE_HEIGHT)
            for _kind, title, box in layout.lanes
        ]
        return cls((*layout.nodes.values(), *titles))

    def add(self, rectangle: Rectangle) -> None:
        """Add a rectangle."""
        for square in _squares(rectangle):
            self._squares[square].append(rectangle)

    def meet(self, rectangle: Rectangle) -> bool:
        """Return whether a rectangle overlaps any."""
        return any(rectangle.meets(other) for square in _squares(rectangle) for other in self._squares.get(square, ()))


def place_labels(
    texts: Iterable[str], paths: Iterable[Sequence[Piece]], obstacles: Obstacles, *, together: bool
) -> Iterator[PlacedLabel]:
    """Yield the label of each edge, given its path; `together`: labels are shown at the same time, so none may overlap.

    A label that fits nowhere is placed in the middle of the longest part of its path.
    """
    for text, path in zip(texts, paths, strict=True):
        shown = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        room = 6.6 * width(shown) + 8
        candidates = _candidates(path, room)
        first = next(candidates)
        found = (
            first if not obstacles.meet(first) else next((box for box in candidates if not obstacles.meet(box)), None)
        )
        if together and found:
            obstacles.add(found)
        yield PlacedLabel(shown, found or first, free=found is not None)


def _candidates(path: Sequence[Piece], room: float) -> Iterator[Rectangle]:
    by_length = sorted(path, key=lambda piece: -abs(piece.x3 - piece.x0))
    for beside in _BESIDE:
        for piece in by_length:
            for along in _PLACES:
                x, y = piece.at(along)
                yield Rectangle(x - room / 2, y - _HEIGHT / 2 + beside, room, _HEIGHT)


def _squares(rectangle: Rectangle) -> Iterator[tuple[int, int]]:
    for column in range(int(rectangle.x // _CELL), int(rectangle.right // _CELL) + 1):
        for row in range(int(rectangle.y // _CELL), int(rectangle.bottom // _CELL) + 1):
            yield column, row
