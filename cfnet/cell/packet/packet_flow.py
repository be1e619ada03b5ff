"""Packets on their way through FORWARD: who they are, which mark they carry by now, and what was decided so far.

Sets of packets are told by the mark that packets arrive with; a flow knows which mark that has become.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.iptables.match import ALL_BITS
from cfnet.cell.packet.grouped_boxes import GroupedBoxes
from cfnet.cell.packet.packet_set import (
    ANY_MARK,
    EVERYTHING,
    Box,
    MarkPattern,
    Marks,
    Ranges,
    meet,
    meet_ranges,
    merged,
    without_marks,
    without_ranges,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.cell.iptables.target import SetMark

UNMARKED: Final = 0


class RulePosition(NamedTuple):
    """A rule: its chain, and its number from 1; 0 is the policy of a built-in chain."""

    chain: str
    position: int


class Decided(NamedTuple):
    """Packets that a rule has decided about; `accepts` is None for those that another flow has taken over."""

    box: Box
    accepts: bool | None


class Decisions:
    """What was decided so far, by destination: a cell has many rules about single containers."""

    def __init__(self) -> None:
        self.number = 0
        self._general: list[tuple[int, Decided]] = []
        self._by_host: dict[int, GroupedBoxes[tuple[int, Decided]]] = defaultdict(GroupedBoxes)

    def add(self, box: Box, *, accepts: bool | None) -> None:
        """Add packets that are decided from now on."""
        entry = self.number, Decided(box, accepts)
        self.number += 1
        ((first, last), *more) = box.destination
        if more or first != last:
            self._general.append(entry)
        else:
            self._by_host[first].add(box, entry)

    def about(self, host: int | None, box: Box, before: int | None = None) -> Iterator[Decided]:
        """What was decided about packets of a box to a host, or to any; `before` is the number at some time."""
        own = self._by_host.get(host) if host is not None else None
        for entries in (self._general, own.near(box) if own else ()):
            for number, decided in entries:
                if before is None or number < before:
                    yield decided

    def copy(self) -> Decisions:
        """The same, to be added to on its own."""
        other = Decisions()
        other.number = self.number
        other._general = list(self._general)
        other._by_host = defaultdict(GroupedBoxes, {host: boxes.copy() for host, boxes in self._by_host.items()})
        return other


@dataclass(slots=True)
class Frame:
    """A chain that a flow is in.

    Attributes:
        paths: which packets were led there; no box has no packets of the flow.
        passed: which of them have left it, or were decided in it where it is not sure that they came.
        decided: those of them that were decided in it where it is not sure that they came.
        sure: whether it is certain that they were led there.
        via: the unexpected rule that led to an expected chain; None where an expected one did.
        named: the packets that this rule asks for.
        done: whether nothing of the flow is left in the chain.
    """

    paths: list[Box]
    passed: list[Box] = field(default_factory=list)
    decided: list[Box] = field(default_factory=list)
    sure: bool = True
    via: RulePosition | None = None
    named: Box = EVERYTHING
    done: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether everything was led there for sure, and has not left; or nothing is left there."""
        everything = len(self.paths) == 1 and self.paths[0] is EVERYTHING
        return self.done or (everything and self.sure and not self.passed)

    def copy(self) -> Frame:
        """The same, to be changed on its own."""
        return replace(self, passed=list(self.passed), decided=list(self.decided))


@dataclass(slots=True)
class Flow:
    """Packets that are treated alike as far as their marks go.

    Attributes:
        box: the packets.
        remote: whether they are for other cells.
        marked: whether they come from containers that get a mark on this cell.
        decisions: what was decided about them.
        frames: the chains that they are in, the innermost last.
        marks: the mark by source address, of sources whose packets were given one.
        keep: which bits of their mark all others still have as they came with them.
        flip: what was made of the other bits, and which of the bits kept are flipped.
        by: the unexpected rule that changed their mark, or made them leave a chain.
        sure: whether it is certain that it did.
        asked: the packets that the conditions of that rule, and of those on the way to it, ask for.
    """

    box: Box
    remote: bool
    marked: bool
    decisions: Decisions = field(default_factory=Decisions)
    frames: list[Frame] = field(default_factory=list)
    marks: dict[int, int] = field(default_factory=dict)
    keep: int = ALL_BITS
    flip: int = 0
    by: RulePosition | None = None
    sure: bool = True
    asked: Box = EVERYTHING
    _sources: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    _others: Ranges | None = None

    @property
    def frame(self) -> Frame:
        """The chain that it is in."""
        return self.frames[-1]

    @property
    def named(self) -> Box:
        """The packets that the unexpected rule asks for which led, marked or kept them."""
        return self.frame.named if self.frame.via else self.asked

    def give(self, source: int, mark: int) -> None:
        """Packets from a single source get a mark."""
        if any(first <= source <= last for first, last in self.box.source):
            old = self.marks.get(source)
            if old is not None:
                self._sources[old].remove(source)
            self.marks[source] = mark
            self._sources[mark].append(source)
            self._others = None

    def parted(self, box: Box, asked: Box, by: RulePosition | None, *, sure: bool) -> Flow:
        """A flow of a part of the packets, with its own future."""
        other = Flow(
            box,
            self.remote,
            self.marked,
            self.decisions.copy(),
            [frame.copy() for frame in self.frames],
            dict(self.marks),
            self.keep,
            self.flip,
            by,
            self.sure and sure,
            meet(self.asked, asked) or asked,
        )
        for source, mark in self.marks.items():
            other._sources[mark].append(source)
        return other

    def set_mark(self, target: SetMark) -> None:
        """All packets go through a `MARK` target."""
        marks = {source: target.of(mark) for source, mark in self.marks.items()}
        self.keep &= ~target.mask
        self.flip = target.of(self.flip)
        self.marks, self._others = {}, None
        self._sources.clear()
        for source, mark in marks.items():
            self.give(source, mark)

    def mark_of(self, source: int, arrived: int = UNMARKED) -> int:
        """The mark that a packet from a source carries by now."""
        return self.marks.get(source, arrived & self.keep ^ self.flip)

    def arriving(self, box: Box) -> Iterator[Box]:
        """Packets that carry a mark of `box` by now, told by the mark that they arrived with."""
        if box.mark is ANY_MARK:
            yield box
            return
        given = self._given(box.mark)
        if given and (source := meet_ranges(given, box.source)):
            yield box._replace(mark=ANY_MARK, source=source)
        marks = self._arrived(box.mark)
        if marks and (source := self._without_given(box.source)):
            yield box._replace(mark=marks, source=source)

    def _given(self, marks: Marks) -> Ranges:
        """The sources whose packets were given such a mark."""
        if len(marks) == 1 and marks[0].care == ALL_BITS:
            return merged([(source, source) for source in self._sources.get(marks[0].value, ())])
        fits = [(source, source) for source, mark in self.marks.items() if any(_fits(mark, each) for each in marks)]
        return merged(fits)

    def _without_given(self, source: Ranges) -> Ranges:
        if not self.marks:
            return source
        if self._others is None:
            self._others = without_ranges(self.box.source, merged([(each, each) for each in self.marks]))
        return meet_ranges(source, self._others)

    def _arrived(self, marks: Marks) -> Marks:
        """The marks with which packets arrived that were given none, and have one of these by now."""
        if self.keep == ALL_BITS and not self.flip:
            return marks
        found: list[MarkPattern] = []
        for value, care, without in marks:
            if (value ^ self.flip) & care & ~self.keep:
                continue
            narrowed = MarkPattern((value ^ self.flip) & care & self.keep, care & self.keep)
            out = [
                MarkPattern((mark ^ self.flip) & self.keep, self.keep)
                for mark in without
                if not (mark ^ self.flip) & ~self.keep & ALL_BITS
            ]
            found += without_marks((narrowed,), tuple(out))
        return tuple(found)


def _fits(mark: int, pattern: MarkPattern) -> bool:
    return mark & pattern.care == pattern.value and mark not in pattern.without
