"""Evaluate a cell's actual rules for packets to and from its containers, as sets of packets.

All packets go through FORWARD at once, rule by rule. Decisions of expected rules are only recorded; decisions that an
unexpected rule makes or contributes to are reported to a callback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.iptables.target import (
    Accept,
    Drop,
    Goto,
    Jump,
    Log,
    Reject,
    Return,
    SetMark,
    Target,
)
from cfnet.cell.packet.allowed_calls import number_of, planned_box
from cfnet.cell.packet.packet_flow import Flow, Frame, RulePosition
from cfnet.cell.packet.packet_set import EVERYTHING, Box, holds_all, meet, one_mark, without_all
from cfnet.cell.packet.passing_targets import passes_on
from cfnet.cell.packet.rule_reach import Reach, reach_of
from cfnet.cell.planning.policy_chain import PlannedRule, RuleKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cfnet.cell.iptables.listing import Chain
    from cfnet.cell.iptables.rule import Rule
    from cfnet.cell.packet.rule_reach import CellNetwork

FORWARD: Final = "FORWARD"
_ACCEPTING: Final = (RuleKind.ALLOW, RuleKind.INGRESS)
_MOST_FLOWS: Final = 64


class Expected(NamedTuple):
    """An expected rule outside the policy chain."""


Role = PlannedRule | Expected | None
"""The role of a rule: planned in the policy chain, otherwise expected, or unexpected (None)."""


class MatchBounds(NamedTuple):
    """The packets that a rule may match, and those that it certainly matches."""

    may: Sequence[Box]
    must: Sequence[Box]


_ALL: Final = MatchBounds([EVERYTHING], [EVERYTHING])


class RuleVerdict(NamedTuple):
    """A decision about packets that an unexpected rule has made or contributed to.

    Attributes:
        by: the unexpected rule.
        accepts: whether the packets are accepted.
        sure: whether the rule certainly matches them.
        asked: the packets that match the rule and the conditions on the way to it.
        named: the packets that match the unexpected rule, if a different rule decides.
        box: the packets of the flow among those asked for.
        flow: the flow.
        before: the number of earlier decisions in the flow.
        passed: packets of the box that have left the chain before.
    """

    by: RulePosition
    accepts: bool
    sure: bool
    asked: Box
    named: Box
    box: Box
    flow: Flow
    before: int
    passed: Sequence[Box]

    def earlier(self, host: int | None, box: Box) -> Iterator[Box]:
        """Yield what was decided earlier about packets of `box` to a host."""
        yield from self.passed
        for decided in self.flow.decided(host, box, self.before):
            yield decided.box


class ForwardWalk:
    """A walk of all packets through the FORWARD chain."""

    def __init__(
        self,
        chains: Mapping[str, Chain],
        roles: Mapping[str, Sequence[Role]],
        network: CellNetwork,
        judge: Callable[[RuleVerdict], None],
        completed: Callable[[RulePosition, Box, Sequence[Flow]], None],
    ) -> None:
        """Prepare the walk.

        Args:
            chains: the chains of the cell's filter table.
            roles: the roles of rules in chains with expected rules; all rules of other chains are unexpected.
            network: the cell's addresses and interfaces.
            judge: called with decisions of unexpected rules.
            completed: called with each unexpected rule that certainly accepts, what it accepts, and the flows after it.
        """
        self._chains = chains
        self._roles = roles
        self._network = network
        self._judge = judge
        self._completed = completed
        self._reaches: dict[RulePosition, Reach] = {}
        self._callers: list[str] = []
        self.flows: list[Flow] = []

    def walk(self, flows: Sequence[Flow]) -> None:
        """Send the flows through FORWARD, up to its policy."""
        self.flows = list(flows)
        for flow in self.flows:
            flow.frames = [Frame([EVERYTHING])]
        self._chain(FORWARD)
        chain = self._chains.get(FORWARD)
        accepts = not chain or chain.policy != "DROP"
        for flow in self.flows:
            self._decide(flow, RulePosition(FORWARD, 0), _ALL, accepts=accepts, unexpected=True)

    def _chain(self, name: str) -> None:
        self._callers.append(name)
        roles = self._roles.get(name, ())
        rules = self._chains[name].rules
        undisturbed = self._undisturbed()
        for position in range(1, len(rules) + 1):
            role = roles[position - 1] if position <= len(roles) else None
            if undisturbed and isinstance(role, PlannedRule) and role.kind is not RuleKind.OVERLAY_ACCEPT:
                if role.kind is not RuleKind.LOG:
                    self._planned(name, position, role)  # no need to parse it
                continue
            self._rule(RulePosition(name, position), rules[position - 1], unexpected=role is None)
            undisturbed = self._undisturbed()
        self._callers.pop()

    def _undisturbed(self) -> bool:
        """Whether all packets are in the current chain; a planned rule does not change that."""
        return all(flow.frame.is_whole for flow in self.flows)

    def _planned(self, chain: str, position: int, rule: PlannedRule) -> None:
        """Apply a planned rule of the policy chain."""
        self._give_mark(rule)
        if rule.kind not in _ACCEPTING or not rule.container or rule.mark is None:
            return
        host = number_of(rule.container.ip)
        for flow in self.flows:
            if flow.remote or flow.frame.done:
                continue
            if flow.frame.via or flow.by:
                self._accept(flow, RulePosition(chain, position), rule)
            else:
                flow.accept_planned(host, rule)

    def _accept(self, flow: Flow, place: RulePosition, rule: PlannedRule) -> None:
        """Decide on the packets of a planned rule that an unexpected rule has sent there."""
        box = planned_box(rule)
        if box and rule.mark is not None:
            boxes = list(flow.arriving(box._replace(mark=one_mark(rule.mark))))
            self._decide(flow, place, MatchBounds(boxes, boxes), accepts=True, unexpected=False)

    def _give_mark(self, rule: PlannedRule) -> None:
        if rule.kind is RuleKind.MARK and rule.container and rule.mark is not None:
            for flow in self.flows:
                if not flow.frame.done:
                    flow.give(number_of(rule.container.ip), rule.mark)

    def _rule(self, place: RulePosition, rule: Rule, *, unexpected: bool) -> None:
        target = rule.target
        if target is None or isinstance(target, Log) or passes_on(target):
            return
        reach = self._reach(place, rule)
        if not reach.may:
            return
        match target:
            case Accept() | Drop() | Reject():
                self._end(place, reach, accepts=isinstance(target, Accept), unexpected=unexpected)
            case SetMark():
                for flow in list(self.flows):
                    self._mark(flow, place, reach, target, unexpected=unexpected)
            case Return():
                self._leave(place, reach, unexpected=unexpected)
            case _:
                self._lead(target, place, reach, unexpected=unexpected)

    def _end(self, place: RulePosition, reach: Reach, *, accepts: bool, unexpected: bool) -> None:
        """Decide on packets of all flows."""
        for flow in list(self.flows):
            self._decide(flow, place, _asked(flow, reach), accepts=accepts, unexpected=unexpected)
        if accepts and unexpected and reach.must:
            self._completed(place, reach.must, self.flows)

    def _lead(self, target: Target, place: RulePosition, reach: Reach, *, unexpected: bool) -> None:
        """Send packets to another chain; an unknown target may accept them or not."""
        if isinstance(target, Jump | Goto) and target.chain in self._chains and target.chain not in self._callers:
            before = len(self.flows)
            decided = self._enter(target.chain, place, reach, unexpected=unexpected)
            if isinstance(target, Goto):
                self._stay_away(self.flows[before:], place, unexpected=unexpected)
                # Packets that were decided there, if they got there, do not leave through the goto.
                kept = [(flow.frame, len(flow.frame.passed)) for flow in self.flows[:before]]
                for flow, boxes in zip(self.flows, decided, strict=False):
                    flow.frame.passed += boxes
                self._leave(place, reach, unexpected=unexpected)
                for (frame, length), boxes in zip(kept, decided, strict=False):
                    del frame.passed[length : length + len(boxes)]
            return
        for accepts in (True, False):
            self._end(place, Reach(reach.may, None), accepts=accepts, unexpected=unexpected)

    def _reach(self, place: RulePosition, rule: Rule) -> Reach:
        if place not in self._reaches:
            self._reaches[place] = reach_of(rule, self._network)
        return self._reaches[place]

    def _decide(self, flow: Flow, place: RulePosition, asked: MatchBounds, *, accepts: bool, unexpected: bool) -> None:
        frame = flow.frame
        if frame.done:
            return
        by = place if unexpected else frame.via or flow.by
        if by:
            sure = asked.may == asked.must and frame.sure and flow.sure
            before, passed = flow.decisions.number, tuple(frame.passed)
            for each in asked.may:
                if box := meet(flow.box, each):
                    named = each if unexpected else flow.named
                    self._judge(RuleVerdict(by, accepts, sure, each, named, box, flow, before, passed))
        self._settle(flow, asked.must, accepts=accepts)

    def _settle(self, flow: Flow, must: Sequence[Box], *, accepts: bool | None) -> None:
        """Record what is certainly decided."""
        frame = flow.frame
        for asked in must:
            box = meet(flow.box, asked)
            if not box:
                continue
            if not frame.sure:
                if accepts is not None:
                    frame.decided += without_all(box, frame.passed)
                frame.passed.append(box)
                continue
            for part in without_all(box, frame.passed):
                flow.decisions.add(part, accepts=accepts)

    def _enter(self, chain: str, place: RulePosition, reach: Reach, *, unexpected: bool) -> list[list[Box]]:
        """Send packets through another chain and back; return what was decided there for each flow, if it got there."""
        sure = reach.may == reach.must
        entered = False
        for flow in self.flows:
            frame = flow.frame
            paths = _paths(flow, reach)
            via, named = frame.via, frame.named
            if unexpected and chain in self._roles:
                via, named = place, reach.may or EVERYTHING
            entered = entered or bool(paths)
            flow.frames.append(Frame(paths, list(frame.passed), [], frame.sure and sure, via, named, not paths))
        if entered:
            self._chain(chain)
        return [flow.frames.pop().decided for flow in self.flows]

    def _leave(self, place: RulePosition, reach: Reach, *, unexpected: bool) -> None:
        """Let packets return from a chain; from a built-in chain, to its policy."""
        if place.chain == FORWARD:
            accepts = self._chains[FORWARD].policy != "DROP"
            self._end(place, reach, accepts=accepts, unexpected=unexpected)
            return
        for flow in [each for each in self.flows if not each.frame.done]:
            if unexpected and place.chain in self._roles:
                for other in self._part(flow, place, reach):
                    other.frame.done = True
            else:
                must = _arriving(flow, reach.must)
                flow.frame.passed += [box for each in must if (box := meet(flow.box, each))]

    def _stay_away(self, flows: Sequence[Flow], place: RulePosition, *, unexpected: bool) -> None:
        """Prevent packets whose mark has changed in the target of a goto from returning."""
        accepts = self._chains[FORWARD].policy != "DROP"
        for flow in flows:
            if place.chain == FORWARD:
                self._decide(
                    flow, place, MatchBounds([flow.asked], [flow.asked]), accepts=accepts, unexpected=unexpected
                )
            flow.frame.done = True

    def _mark(self, flow: Flow, place: RulePosition, reach: Reach, target: SetMark, *, unexpected: bool) -> None:
        if flow.frame.done:
            return
        for other in self._part(flow, place if unexpected else flow.frame.via or flow.by, reach):
            other.set_mark(target)

    def _doubt(self, flow: Flow, by: RulePosition | None, reach: Reach) -> None:
        """Assume that a rule's packets may be accepted or rejected: there are too many flows to decide."""
        doubtful = MatchBounds(_arriving(flow, reach.may), [])
        for accepts in (True, False):
            self._decide(flow, by or RulePosition(FORWARD, 0), doubtful, accepts=accepts, unexpected=by is not None)

    def _part(self, flow: Flow, by: RulePosition | None, reach: Reach) -> list[Flow]:
        """Split the packets of a rule off a flow; if it is uncertain that it matches, both flows have them."""
        if len(self.flows) >= _MOST_FLOWS:
            self._doubt(flow, by, reach)
            return []
        found: list[Flow] = []
        for asked in _arriving(flow, reach.may):
            box = meet(flow.box, asked)
            if not box:
                continue
            for part in without_all(box, [*flow.frame.passed]):
                general = [decided.box for decided in flow.decided(None, part)]
                if holds_all(general, part):
                    continue
                found.append(flow.parted(part, asked, by, sure=reach.may == reach.must and flow.frame.sure))
        self.flows += found
        if flow.frame.sure:
            self._settle(flow, _arriving(flow, reach.must), accepts=None)
        return found


def _paths(flow: Flow, reach: Reach) -> list[Box]:
    """Return the packets of a flow that a rule may send to another chain."""
    return [] if flow.frame.done else [box for box in _arriving(flow, reach.may) if meet(flow.box, box)]


def _asked(flow: Flow, reach: Reach) -> MatchBounds:
    return MatchBounds(_arriving(flow, reach.may), _arriving(flow, reach.must))


def _arriving(flow: Flow, box: Box | None) -> list[Box]:
    """Return the packets of a box that reach the flow's current chain, identified by the marks they arrived with."""
    if box is None:
        return []
    found = list(flow.arriving(box))
    paths = flow.frame.paths
    if len(paths) == 1 and paths[0] is EVERYTHING:
        return found
    return [both for each in found for path in paths if (both := meet(each, path))]
