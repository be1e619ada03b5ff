"""What a cell's own rules decide about packets to and from its containers, as sets of packets.

All packets go through FORWARD at once, rule by rule. What expected rules decide is only remembered; a decision that an
unexpected rule has made, or had a part in, is put out to be judged.
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
    UnknownTarget,
)
from cfnet.cell.packet.allowed_calls import number_of, planned_box
from cfnet.cell.packet.packet_flow import Flow, Frame, RulePosition
from cfnet.cell.packet.packet_set import EVERYTHING, Box, holds_all, meet, one_mark, without_all
from cfnet.cell.packet.rule_reach import Reach, reach_of
from cfnet.cell.planning.policy_chain import PlannedRule, RuleKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cfnet.cell.iptables.listing import Chain
    from cfnet.cell.iptables.rule import Rule
    from cfnet.cell.packet.rule_reach import CellNetwork

FORWARD: Final = "FORWARD"
_MOST_FLOWS: Final = 64
_PASSING: Final = (
    "NFLOG", "ULOG", "TRACE", "CONNSECMARK", "SECMARK", "TOS", "DSCP", "TTL", "ECN", "TCPMSS", "TCPOPTSTRIP",
    "CLASSIFY", "AUDIT", "LED", "CHECKSUM", "RATEEST", "SET", "IDLETIMER", "TEE", "ACCOUNT", "CT", "NOTRACK", "HMARK",
)  # fmt: skip
"""Targets after which the packet goes on as it was, as far as the policies care (iptables-extensions(8))."""


class Expected(NamedTuple):
    """A rule that should be where it is, but is none of the policy chain's."""


Role = PlannedRule | Expected | None
"""What a rule is: one that was planned, another that should be there, or an unexpected one."""


class MatchBounds(NamedTuple):
    """The packets that a rule may hold for, and those that it does hold for."""

    may: Sequence[Box]
    must: Sequence[Box]


_ALL: Final = MatchBounds([EVERYTHING], [EVERYTHING])


class RuleVerdict(NamedTuple):
    """A decision about packets that an unexpected rule has made, or had a part in.

    Attributes:
        by: that rule.
        accepts: whether they are accepted.
        sure: whether it is certain that the rule holds for them.
        asked: the packets that the conditions on the way and those of the rule ask for.
        named: those that the unexpected rule asks for, where another one decides.
        box: those of the flow among them.
        flow: the flow.
        before: how many decisions the flow had seen.
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
        """What was decided before it, about packets of a box to a host."""
        yield from self.passed
        for decided in self.flow.decisions.about(host, box, self.before):
            yield decided.box


class ForwardWalk:
    """One walk of all packets through the FORWARD chain."""

    def __init__(
        self,
        chains: Mapping[str, Chain],
        roles: Mapping[str, Sequence[Role]],
        network: CellNetwork,
        judge: Callable[[RuleVerdict], None],
        completed: Callable[[RulePosition, Box, Sequence[Flow]], None],
    ) -> None:
        """Prepare to walk.

        Args:
            chains: the chains of the cell's filter table.
            roles: what each rule is, for the chains that have expected rules; those of others are all unexpected.
            network: the cell's addresses and interfaces.
            judge: takes decisions of unexpected rules.
            completed: takes each unexpected rule that accepts for sure, what it accepts, and the flows after it.
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
        for position in range(1, len(rules) + 1):
            role = roles[position - 1] if position <= len(roles) else None
            place = RulePosition(name, position)
            if isinstance(role, PlannedRule) and self._planned(place, role):
                continue  # it need not even be read
            self._rule(place, rules[position - 1], unexpected=role is None)
        self._callers.pop()

    def _planned(self, place: RulePosition, rule: PlannedRule) -> bool:
        """Let a planned rule of the policy chain do its work; False where it has to be read."""
        if rule.kind is RuleKind.OVERLAY_ACCEPT or any(not flow.frame.is_whole for flow in self.flows):
            return False
        self._give_mark(rule)
        box = planned_box(rule)
        if box and rule.mark is not None:
            carried = box._replace(mark=one_mark(rule.mark))
            for flow in self.flows:
                if not flow.remote and not flow.frame.done:
                    boxes = list(flow.arriving(carried))
                    self._decide(flow, place, MatchBounds(boxes, boxes), accepts=True, unexpected=False)
        return True

    def _give_mark(self, rule: PlannedRule) -> None:
        if rule.kind is RuleKind.MARK and rule.container and rule.mark is not None:
            for flow in self.flows:
                if not flow.frame.done:
                    flow.give(number_of(rule.container.ip), rule.mark)

    def _rule(self, place: RulePosition, rule: Rule, *, unexpected: bool) -> None:
        target = rule.target
        if target is None or isinstance(target, Log) or _passes_on(target):
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
        """Decide about packets of all flows."""
        for flow in list(self.flows):
            self._decide(flow, place, _asked(flow, reach), accepts=accepts, unexpected=unexpected)
        if accepts and unexpected and reach.must:
            self._completed(place, reach.must, self.flows)

    def _lead(self, target: Target, place: RulePosition, reach: Reach, *, unexpected: bool) -> None:
        """Lead packets to another chain; what is not known may accept them, and may not."""
        if isinstance(target, Jump | Goto) and target.chain in self._chains and target.chain not in self._callers:
            before = len(self.flows)
            decided = self._enter(target.chain, place, reach, unexpected=unexpected)
            if isinstance(target, Goto):
                self._stay_away(self.flows[before:], place, unexpected=unexpected)
                # What was decided there, if it came there at all, does not leave by the goto.
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
        """Remember what is decided for sure."""
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
        """Lead packets through another chain and back; what was decided there of each flow, if it came there."""
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
        """Let packets return from a chain, from a built-in one to its policy."""
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
        """Let no packets come back from a goto whose mark has changed there."""
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
        """Take a rule's packets to be accepted and rejected: there are too many flows to find out."""
        doubtful = MatchBounds(_arriving(flow, reach.may), [])
        for accepts in (True, False):
            self._decide(flow, by or RulePosition(FORWARD, 0), doubtful, accepts=accepts, unexpected=by is not None)

    def _part(self, flow: Flow, by: RulePosition | None, reach: Reach) -> list[Flow]:
        """Take the packets of a rule out of a flow: where it is not sure that it holds, they are in both."""
        if len(self.flows) >= _MOST_FLOWS:
            self._doubt(flow, by, reach)
            return []
        found: list[Flow] = []
        for asked in _arriving(flow, reach.may):
            box = meet(flow.box, asked)
            if not box:
                continue
            for part in without_all(box, [*flow.frame.passed]):
                general = [decided.box for decided in flow.decisions.about(None, part)]
                if holds_all(general, part):
                    continue
                found.append(flow.parted(part, asked, by, sure=reach.may == reach.must and flow.frame.sure))
        self.flows += found
        if flow.frame.sure:
            self._settle(flow, _arriving(flow, reach.must), accepts=None)
        return found


def _paths(flow: Flow, reach: Reach) -> list[Box]:
    """The packets of a flow that a rule may lead to another chain."""
    return [] if flow.frame.done else [box for box in _arriving(flow, reach.may) if meet(flow.box, box)]


def _asked(flow: Flow, reach: Reach) -> MatchBounds:
    return MatchBounds(_arriving(flow, reach.may), _arriving(flow, reach.must))


def _arriving(flow: Flow, box: Box | None) -> list[Box]:
    """The packets of a box on the paths to the chain that a flow is in, told by the marks that they arrived with."""
    if box is None:
        return []
    found = list(flow.arriving(box))
    paths = flow.frame.paths
    if len(paths) == 1 and paths[0] is EVERYTHING:
        return found
    return [both for each in found for path in paths if (both := meet(each, path))]


def _passes_on(target: object) -> bool:
    """Whether a target that cfnet does not read lets the packet go on as it was."""
    if not isinstance(target, UnknownTarget):
        return False
    flag, name, *options = target.words.split()
    if name == "CONNMARK":
        return "--restore-mark" not in options
    return flag == "-j" and name in _PASSING
