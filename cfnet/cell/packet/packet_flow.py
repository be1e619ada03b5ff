"""Packets on their way through FORWARD: which packets, their current marks, and what has been decided.

Sets of packets are identified by the marks that packets arrive with; a flow maps these to the current marks.

A cell has tens of thousands of planned rules, and hardly any matter to the verdict on an unexpected one. They are kept
by destination, and their packets are only computed when a decision about that destination is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.iptables.match import ALL_BITS
from cfnet.cell.packet.allowed_calls import planned_box
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
    one_mark,
    without_marks,
    without_ranges,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.cell.iptables.target import SetMark
    from cfnet.cell.planning.policy_chain import PlannedRule

UNMARKED: Final = 0


class RulePosition(NamedTuple):
    """A rule's chain and its number, starting at 1; 0 is the policy of a built-in chain."""

    chain: str
    position: int


class Decided(NamedTuple):
    """Packets that a rule has decided on; `accepts` is None for those that moved to another flow."""

    box: Box
    accepts: bool | None


class Decisions:
    """The decisions so far, indexed by destination, as most rules of a cell are about single containers."""

    def __init__(self) -> None:
        self.number = 0
        self._general: list[tuple[int, Decided]] = []
        self._by_host: dict[int, GroupedBoxes[tuple[int, Decided]]] = defaultdict(GroupedBoxes)

    def next_number(self) -> int:
        """Return the number of the next decision."""
        self.number += 1
        return self.number - 1

    def add(self, box: Box, *, accepts: bool | None, number: int | None = None) -> None:
        """Record a decision about packets, as the last one or with the number that it has been given."""
        entry = self.next_number() if number is None else number, Decided(box, accepts)
        ((first, last), *more) = box.destination
        if more or first != last:
            self._general.append(entry)
        else:
            self._by_host[first].add(box, entry)

    def about(self, host: int | None, box: Box, before: int | None = None) -> Iterator[Decided]:
        """Yield decisions about packets of a box to a host, or to any; only the first `before` if given."""
        own = self._by_host.get(host) if host is not None else None
        for entries in (self._general, own.near(box) if own else ()):
            for number, decided in entries:
                if before is None or number < before:
                    yield decided

    def copy(self) -> Decisions:
        """Return an independent copy."""
        other = Decisions()
        other.number = self.number
        other._general = list(self._general)
        other._by_host = defaultdict(GroupedBoxes, {host: boxes.copy() for host, boxes in self._by_host.items()})
        return other


@dataclass(slots=True)
class Frame:
    """A chain that a flow is in.

    Attributes:
        paths: the packets that were sent there; each box contains packets of the flow.
        passed: the packets that have left it, or were decided in it although it is uncertain that they got there.
        decided: the packets that were decided in it although it is uncertain that they got there.
        sure: whether the packets were certainly sent there.
        via: the unexpected rule that led to an expected chain; None if an expected rule did.
        named: the packets that this rule matches.
        done: whether none of the flow is left in the chain.
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
        """Whether all packets were certainly sent there and have not left, or none is left there."""
        everything = len(self.paths) == 1 and self.paths[0] is EVERYTHING
        return self.done or (everything and self.sure and not self.passed)

    def copy(self) -> Frame:
        """Return an independent copy."""
        return replace(self, passed=list(self.passed), decided=list(self.decided))


@dataclass(slots=True)
class Flow:
    """Packets whose marks are treated the same way.

    Attributes:
        box: the packets.
        remote: whether they are for other cells.
        marked: whether they come from containers and get their mark on this cell.
        decisions: what was decided about them.
        frames: the chains that they are in, innermost last.
        marks: the marks that packets were given, by source address.
        keep: the bits that all other packets keep from the mark they arrived with.
        flip: the values of the other bits, and which of the kept bits are flipped.
        by: the unexpected rule that changed their mark or made them leave a chain.
        sure: whether it certainly did.
        asked: the packets that match that rule and the conditions on the way to it.
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
    _givens: dict[Marks, Ranges] = field(default_factory=dict)
    _planned: dict[int, list[tuple[int, PlannedRule]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def frame(self) -> Frame:
        """The current chain."""
        return self.frames[-1]

    @property
    def named(self) -> Box:
        """The packets matched by the unexpected rule that sent, marked or kept them."""
        return self.frame.named if self.frame.via else self.asked

    def accept_planned(self, host: int, rule: PlannedRule) -> None:
        """Record that a planned rule certainly accepts its packets to a host, except for those decided before."""
        self._planned[host].append((self.decisions.next_number(), rule))

    def decided(self, host: int | None, box: Box, before: int | None = None) -> Iterator[Decided]:
        """Yield decisions as `Decisions.about` does."""
        if host is not None:
            self._read_planned(host)
        return self.decisions.about(host, box, before)

    def _read_planned(self, host: int) -> None:
        for number, rule in self._planned.pop(host, ()):
            box = planned_box(rule)
            if box and rule.mark is not None:
                for each in self.arriving(box._replace(mark=one_mark(rule.mark))):
                    if both := meet(self.box, each):
                        self.decisions.add(both, accepts=True, number=number)

    def _read_all_planned(self) -> None:
        """Compute the packets of planned rules before something changes that they depend on."""
        for host in list(self._planned):
            self._read_planned(host)

    def give(self, source: int, mark: int) -> None:
        """Give a mark to packets from a single source."""
        old = self.marks.get(source)
        if mark != old and any(first <= source <= last for first, last in self.box.source):
            self._read_all_planned()
            if old is not None:
                self._sources[old].remove(source)
            self.marks[source] = mark
            self._sources[mark].append(source)
            self._others = None
            self._givens.clear()

    def parted(self, box: Box, asked: Box, by: RulePosition | None, *, sure: bool) -> Flow:
        """Split off a flow with a part of the packets."""
        self._read_all_planned()
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
        """Apply a `MARK` target to all packets."""
        self._read_all_planned()
        marks = {source: target.of(mark) for source, mark in self.marks.items()}
        self.keep &= ~target.mask
        self.flip = target.of(self.flip)
        self.marks, self._others = {}, None
        self._givens.clear()
        self._sources.clear()
        for source, mark in marks.items():
            self.give(source, mark)

    def mark_of(self, source: int, arrived: int = UNMARKED) -> int:
        """Return the current mark of a packet from `source` that arrived with mark `arrived`."""
        return self.marks.get(source, arrived & self.keep ^ self.flip)

    def arriving(self, box: Box) -> Iterator[Box]:
        """Yield the packets whose current mark is in `box`, identified by the mark that they arrived with."""
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
        """Return the sources whose packets were given one of these marks."""
        if len(marks) == 1 and marks[0].care == ALL_BITS:
            return merged([(source, source) for source in self._sources.get(marks[0].value, ())])
        if marks not in self._givens:
            fits = [(source, source) for source, mark in self.marks.items() if any(_fits(mark, each) for each in marks)]
            self._givens[marks] = merged(fits)
        return self._givens[marks]

    def _without_given(self, source: Ranges) -> Ranges:
        if not self.marks:
            return source
        if self._others is None:
            self._others = without_ranges(self.box.source, merged([(each, each) for each in self.marks]))
        return meet_ranges(source, self._others)

    def _arrived(self, marks: Marks) -> Marks:
        """Return the arrival marks of packets that were not given a mark and now have one of these."""
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
