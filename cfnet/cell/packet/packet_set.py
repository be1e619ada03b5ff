"""Exact sets of packets: products of marks, connection states, protocols, ports, addresses and ICMP types.

Along one dimension, a set is a bit mask (protocols, states), sorted ranges (addresses, ports, ICMP types), or a tuple
of `MarkPattern`. A `Box` is the product of one set per dimension and is never empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model.packet import ConntrackState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Ranges = tuple[tuple[int, int], ...]
"""Sorted, disjoint, inclusive ranges of numbers."""

ANY_ADDRESS: Final[Ranges] = ((0, 0xFFFFFFFF),)
ANY_PORT: Final[Ranges] = ((0, 0xFFFF),)
ANY_ICMP: Final[Ranges] = ((0, 0xFFFF),)
"""ICMP types, as 256 times the type plus the code."""
ANY_PROTOCOL: Final = (1 << 256) - 1
STATES: Final = {state: 1 << place for place, state in enumerate(ConntrackState)}
ANY_STATE: Final = (1 << len(STATES)) - 1
REPLIES: Final = STATES[ConntrackState.ESTABLISHED] | STATES[ConntrackState.RELATED]

_ALL_BITS: Final = 0xFFFFFFFF
_MARK_BITS: Final = 32
_MOST_STEPS: Final = 20_000


class MarkPattern(NamedTuple):
    """The marks whose bits under `care` equal those of `value`, except for single marks.

    Attributes:
        value: the bits; all within `care`.
        care: the bits that count.
        without: the excluded marks.
    """

    value: int
    care: int
    without: frozenset[int] = frozenset()

    @property
    def empty(self) -> bool:
        """Whether all marks are excluded."""
        return 1 << (_MARK_BITS - self.care.bit_count()) <= len(self.without)

    def narrowed(self, value: int, care: int) -> MarkPattern:
        """Return a copy with more bits that count."""
        return MarkPattern(value, care, frozenset(mark for mark in self.without if mark & care == value))


Marks = tuple[MarkPattern, ...]
ANY_MARK: Final[Marks] = (MarkPattern(0, 0),)


def one_mark(mark: int) -> Marks:
    """Return the set with a single mark."""
    return (MarkPattern(mark, _ALL_BITS),)


class Box(NamedTuple):
    """A product of sets, one for each property that rules match; by default, all packets."""

    mark: Marks = ANY_MARK
    state: int = ANY_STATE
    protocol: int = ANY_PROTOCOL
    destination_port: Ranges = ANY_PORT
    source: Ranges = ANY_ADDRESS
    destination: Ranges = ANY_ADDRESS
    source_port: Ranges = ANY_PORT
    icmp: Ranges = ANY_ICMP


EVERYTHING: Final = Box()


def meet_ranges(these: Ranges, those: Ranges) -> Ranges:
    """Return the numbers in both."""
    found = []
    left, right = 0, 0
    while left < len(these) and right < len(those):
        (a, b), (c, d) = these[left], those[right]
        if a <= d and c <= b:
            found.append((max(a, c), min(b, d)))
        if b < d:
            left += 1
        else:
            right += 1
    return tuple(found)


def without_ranges(these: Ranges, those: Ranges) -> Ranges:
    """Return the numbers in `these` that are not in `those`."""
    found = []
    place = 0
    for first, last in these:
        start = first
        while place < len(those) and those[place][1] < start:
            place += 1
        at = place
        while at < len(those) and those[at][0] <= last:
            if start < those[at][0]:
                found.append((start, those[at][0] - 1))
            start = max(start, those[at][1] + 1)
            at += 1
        if start <= last:
            found.append((start, last))
    return tuple(found)


def merged(ranges: Sequence[tuple[int, int]]) -> Ranges:
    """Sort ranges and merge adjacent or overlapping ones."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def meet_marks(these: Marks, those: Marks) -> Marks:
    """Return the marks in both."""
    if these is ANY_MARK:
        return those
    found = []
    for one in these:
        for other in those:
            if (one.value ^ other.value) & one.care & other.care:
                continue
            pattern = MarkPattern(0, 0, one.without | other.without)
            both = pattern.narrowed(one.value | other.value, one.care | other.care)
            if not both.empty:
                found.append(both)
    return tuple(found)


def without_marks(these: Marks, those: Marks) -> Marks:
    """Return the marks in `these` that are not in `those`."""
    for other in those:
        these = tuple(rest for one in these for rest in _without(one, other))
    return these


def _without(one: MarkPattern, other: MarkPattern) -> list[MarkPattern]:
    if (one.value ^ other.value) & one.care & other.care:
        return [one]
    if other.care == _ALL_BITS:
        found = [one._replace(without=one.without | {other.value})]
    else:
        found = list(_bit_by_bit(one, other))
    left = (mark for mark in other.without if mark & one.care == one.value and mark not in one.without)
    found += [MarkPattern(mark, _ALL_BITS) for mark in left]
    return [pattern for pattern in found if not pattern.empty]


def _bit_by_bit(one: MarkPattern, other: MarkPattern) -> Iterator[MarkPattern]:
    """Yield disjoint patterns of the marks in `one` that differ from `other` in a bit that counts in `other`."""
    value, care = one.value, one.care
    for place in range(_MARK_BITS):
        bit = 1 << place
        if other.care & bit and not care & bit:
            yield one.narrowed(value | (~other.value & bit), care | bit)
            value, care = value | (other.value & bit), care | bit


def meet(these: Box, those: Box) -> Box | None:
    """Return the packets in both, or None."""
    state, protocol = these.state & those.state, these.protocol & those.protocol
    if not (state and protocol):
        return None
    destination = _meet(these.destination, those.destination, ANY_ADDRESS)
    if not destination:
        return None
    m, n = these.mark, those.mark
    mark = m if n is ANY_MARK else meet_marks(m, n)
    destination_port = _meet(these.destination_port, those.destination_port, ANY_PORT)
    if not (mark and destination_port):
        return None
    source = _meet(these.source, those.source, ANY_ADDRESS)
    source_port = _meet(these.source_port, those.source_port, ANY_PORT)
    icmp = _meet(these.icmp, those.icmp, ANY_ICMP)
    if not (source and source_port and icmp):
        return None
    return Box(mark, state, protocol, destination_port, source, destination, source_port, icmp)


def _meet(these: Ranges, those: Ranges, everything: Ranges) -> Ranges:
    if those is everything:
        return these
    return those if these is everything else meet_ranges(these, those)


def without(these: Box, those: Box) -> list[Box]:
    """Return disjoint boxes of the packets in `these` that are not in `those`."""
    both = meet(these, those)
    if both is None:
        return [these]
    found = []
    if mark := without_marks(these.mark, those.mark):
        found.append(these._replace(mark=mark))
    part = these._replace(mark=both.mark)
    if state := these.state & ~those.state:
        found.append(part._replace(state=state))
    part = part._replace(state=both.state)
    if protocol := these.protocol & ~those.protocol:
        found.append(part._replace(protocol=protocol))
    part = part._replace(protocol=both.protocol)
    if ports := without_ranges(these.destination_port, those.destination_port):
        found.append(part._replace(destination_port=ports))
    part = part._replace(destination_port=both.destination_port)
    if sources := without_ranges(these.source, those.source):
        found.append(part._replace(source=sources))
    part = part._replace(source=both.source)
    if destinations := without_ranges(these.destination, those.destination):
        found.append(part._replace(destination=destinations))
    part = part._replace(destination=both.destination)
    if ports := without_ranges(these.source_port, those.source_port):
        found.append(part._replace(source_port=ports))
    part = part._replace(source_port=both.source_port)
    if icmp := without_ranges(these.icmp, those.icmp):
        found.append(part._replace(icmp=icmp))
    return found


def without_all(box: Box, holes: Iterable[Box]) -> list[Box]:
    """Return disjoint boxes of the packets in `box` that are in none of `holes`."""
    parts = [box]
    for hole in holes:
        parts = [rest for part in parts for rest in without(part, hole)]
    return parts


def uncovered(box: Box, holes: Iterable[Box]) -> Box | None:
    """Return some packets of `box` that are in none of `holes`; None if they cover all of it.

    If that would take too long to find out, return packets that may be in one of them.
    """
    near = []
    for hole in holes:
        both = meet(box, hole)
        if both == box:
            return None
        if both:
            near.append(hole)
    left = [(box, 0)]
    for _ in range(_MOST_STEPS):
        if not left:
            return None
        part, place = left.pop()
        place = _next_met(part, near, place)
        if place == len(near):
            return part
        left += [(piece, place + 1) for piece in reversed(without(part, near[place]))]
    return left[-1][0] if left else None


def _next_met(part: Box, holes: Sequence[Box], place: int) -> int:
    """Return the index of the first hole from `place` on that overlaps with `part`, or the number of holes."""
    while place < len(holes) and meet(part, holes[place]) is None:
        place += 1
    return place


def holds_all(holes: Iterable[Box], box: Box) -> bool:
    """Whether these boxes together cover `box`."""
    return uncovered(box, holes) is None
