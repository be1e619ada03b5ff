"""An index of boxes by mark or source, which distinguish most of them. A container has hundreds of allow rules."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from cfnet.cell.packet.packet_set import ANY_ADDRESS, ANY_MARK, Box, Ranges, meet_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALL_BITS: Final = 0xFFFFFFFF
_FEW: Final = 8

T = TypeVar("T")


class GroupedBoxes(Generic[T]):
    """An index of things by box."""

    def __init__(self) -> None:
        """Create an empty index."""
        self._by_mark: dict[int, list[T]] = defaultdict(list)
        self._by_source: dict[Ranges, list[T]] = defaultdict(list)
        self._others: list[T] = []

    def add(self, box: Box, thing: T) -> None:
        """Add a thing with its box."""
        mark = _single_mark(box)
        if mark is not None:
            self._by_mark[mark].append(thing)
        elif box.mark is ANY_MARK and box.source is not ANY_ADDRESS and len(box.source) <= _FEW:
            self._by_source[box.source].append(thing)
        else:
            self._others.append(thing)

    def near(self, box: Box) -> Iterator[T]:
        """Yield all things whose boxes may overlap with `box`, and few others."""
        yield from self._others
        mark = _single_mark(box)
        for things in self._by_mark.values() if mark is None else [self._by_mark.get(mark, [])]:
            yield from things
        for source, things in self._by_source.items():
            if box.source is ANY_ADDRESS or meet_ranges(source, box.source):
                yield from things

    def copy(self) -> GroupedBoxes[T]:
        """Return an independent copy."""
        other = GroupedBoxes[T]()
        other._by_mark = defaultdict(list, {mark: list(things) for mark, things in self._by_mark.items()})
        other._by_source = defaultdict(list, {source: list(things) for source, things in self._by_source.items()})
        other._others = list(self._others)
        return other


def _single_mark(box: Box) -> int | None:
    (first, *more) = box.mark
    return first.value if not more and first.care == _ALL_BITS else None
