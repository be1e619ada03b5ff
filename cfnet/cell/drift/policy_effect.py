"""Find unexpected rules that change which calls are possible: they bypass policies, or block what these allow.

A packet that the expected rules reject but the actual ones accept is a bypass; one that the expected rules accept but
the actual ones do not is blocked. Packets to other cells are accepted there depending on their mark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.drift.chain_drift import DriftKind
from cfnet.cell.model.packet import ConntrackState
from cfnet.cell.packet.allowed_calls import AllowedCalls, policy_box
from cfnet.cell.packet.data_path import CARRIED
from cfnet.cell.packet.forward_walk import ForwardWalk
from cfnet.cell.packet.grouped_boxes import GroupedBoxes
from cfnet.cell.packet.packet_flow import UNMARKED, Flow, RulePosition
from cfnet.cell.packet.packet_set import (
    ANY_ADDRESS,
    ANY_STATE,
    EVERYTHING,
    REPLIES,
    STATES,
    Box,
    holds_all,
    meet,
    meet_ranges,
    merged,
    one_mark,
    uncovered,
    without_ranges,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cfnet.cell.iptables.listing import Chain
    from cfnet.cell.packet.forward_walk import Role, RuleVerdict
    from cfnet.cell.packet.rule_reach import CellNetwork
    from cfnet.cell.planning.planned_cell import PlannedCell
    from cfnet.policy import Policy

_NEW: Final = EVERYTHING._replace(state=STATES[ConntrackState.NEW])
_NOT_INVALID: Final = EVERYTHING._replace(state=ANY_STATE & ~STATES[ConntrackState.INVALID])
"""Packets that calls need; packets that do not belong to a connection are not among them."""
_NO_REPLIES: Final = EVERYTHING._replace(state=ANY_STATE & ~REPLIES)
_PORTS: Final = ((1, 65535),)
"""The ports of calls: policies cannot allow port 0, and apps do not listen there."""
_SEVERITY: Final = {DriftKind.BLOCKED: 1, DriftKind.BYPASS: 2, DriftKind.ENFORCEMENT_OFF: 3}


AddressesOf = Callable[[str], Sequence[int]]


class PolicyEffect(NamedTuple):
    """The effect of a rule.

    Attributes:
        kind: `BLOCKED`, `BYPASS` or `ENFORCEMENT_OFF`.
        sure: whether it is certain; if not, the rule contains something unknown or depends on more than the packet.
        calls: the packets that the rule matches.
    """

    kind: DriftKind
    sure: bool
    calls: Box


class PolicyEffects:
    """Finds the effects of the rules of a cell.

    Attributes:
        found: the effects of unexpected rules.
        hosts: the addresses of the cell's containers; if it has none, that of a future one.
        occupied: whether the cell has containers.
        opened: containers, by address, that can be reached because an expected rule is missing; whether by everything.
    """

    def __init__(self, planned: PlannedCell, network: CellNetwork, addresses_of: AddressesOf) -> None:
        """Prepare to evaluate the rules of a cell.

        Args:
            planned: the expected rules.
            network: the cell's addresses and interfaces.
            addresses_of: returns the addresses of an app's containers on all cells; empty if unknown.
        """
        self.found: dict[RulePosition, PolicyEffect] = {}
        self.opened: dict[int, bool] = {}
        self._planned = planned
        self._addresses_of = addresses_of
        self._network = network
        self._allowed = AllowedCalls(planned.policy, planned.settings)
        self._cache: dict[tuple[int, bool], GroupedBoxes[Box]] = {}
        self.occupied = bool(network.interfaces)
        self.hosts = sorted(network.interfaces) or [network.stranger]
        self._local = network.local
        self._outside = network.outside
        self._stranger = network.stranger
        self._all_may = planned.settings.disable_container_network_policy
        self._unprotected: frozenset[int] = frozenset()

    def find(
        self, chains: Mapping[str, Chain], roles: Mapping[str, Sequence[Role]], unprotected: frozenset[int]
    ) -> None:
        """Walk all packets through `chains`; packets from the cell's containers start without a mark.

        Args:
            chains: the chains of the cell's filter table.
            roles: the roles of rules in chains with expected rules.
            unprotected: the addresses of containers whose REJECT, or the jump to it, is missing.
        """
        self._unprotected = unprotected
        network = self._network
        walk = ForwardWalk(chains, roles, network, self._judge, self._complete)
        marked = meet_ranges(self._local, self._senders())
        calls = EVERYTHING._replace(destination_port=_PORTS, source_port=_PORTS)
        stranger = (self._stranger, self._stranger)
        to_local = tuple(sorted((*self._local, stranger)))
        to_here = calls._replace(destination=to_local)
        from_here = to_here._replace(mark=one_mark(UNMARKED))
        elsewhere = to_here._replace(source=without_ranges(ANY_ADDRESS, self._local))
        flows = [Flow(elsewhere, remote=False, marked=False)]
        if marked:
            flows.append(Flow(from_here._replace(source=marked), remote=False, marked=True))
        if unmarked := without_ranges(self._local, marked):
            flows.append(Flow(from_here._replace(source=unmarked), remote=False, marked=False))
        others = without_ranges(network.remote, (stranger,))
        if self._local and others:
            leaving = from_here._replace(source=self._local, destination=others)
            flows.append(Flow(leaving, remote=True, marked=False))
        walk.walk(flows)

    def _senders(self) -> tuple[tuple[int, int], ...]:
        return tuple((ip, ip) for ip in sorted(self._allowed.marks))

    def _judge(self, verdict: RuleVerdict) -> None:
        by = verdict.by
        if by.position == 0:
            self._judge_end(verdict)
            return
        known = self.found.get(by)
        if known and known.kind is not DriftKind.BLOCKED and (known.sure or not verdict.sure):
            return
        kind = self._kind(verdict)
        if kind:
            calls = EVERYTHING if kind is DriftKind.ENFORCEMENT_OFF else verdict.asked
            self._note(by, PolicyEffect(kind, verdict.sure, calls))

    def _judge_end(self, verdict: RuleVerdict) -> None:
        """Judge what no rule decides: the cause may be an unexpected or missing rule, or the policy of FORWARD."""
        flow = verdict.flow
        if flow.by:
            self._judge(verdict._replace(by=flow.by, asked=flow.asked, named=flow.asked))
        elif flow.remote and not verdict.accepts:
            if self._blocks_remote(verdict):
                self._note(verdict.by, PolicyEffect(DriftKind.BLOCKED, sure=True, calls=EVERYTHING))
        elif verdict.accepts:
            for host in self._unprotected:
                if self._opens(verdict, host):
                    self.opened[host] = self.opened.get(host, True) and _drops_none(flow, host)

    def _note(self, by: RulePosition, effect: PolicyEffect) -> None:
        known = self.found.get(by)
        if not known or (_SEVERITY[effect.kind], effect.sure) > (_SEVERITY[known.kind], known.sure):
            self.found[by] = effect

    def _kind(self, verdict: RuleVerdict) -> DriftKind | None:
        if verdict.flow.remote:
            return self._remote_kind(verdict)
        hosts = [host for host in self.hosts if meet_ranges(verdict.box.destination, ((host, host),))]
        if verdict.accepts:
            return self._opening_kind(verdict, hosts)
        return DriftKind.BLOCKED if any(self._closes(verdict, host) for host in hosts) else None

    def _opening_kind(self, verdict: RuleVerdict, hosts: Sequence[int]) -> DriftKind | None:
        if self._is_switch(verdict) and all(self._opens(verdict, host) for host in hosts):
            return DriftKind.ENFORCEMENT_OFF if hosts else None
        return DriftKind.BYPASS if any(self._opens(verdict, host) for host in hosts) else None

    def _remote_kind(self, verdict: RuleVerdict) -> DriftKind | None:
        if verdict.accepts:
            return self._remarked(verdict)
        return DriftKind.BLOCKED if self._blocks_remote(verdict) else None

    def _is_switch(self, verdict: RuleVerdict) -> bool:
        """Whether the rule accepts all calls, or all within the overlay network, as the agent's own rule does."""
        asked, overlay = meet(verdict.asked, verdict.named), self._network.overlay
        if not asked or not verdict.sure or verdict.flow.marked or not asked.state & _NEW.state:
            return False
        if asked._replace(state=ANY_STATE) == EVERYTHING:
            return True
        ends = (asked.source, asked.destination)
        rest = asked._replace(source=ANY_ADDRESS, destination=ANY_ADDRESS, state=ANY_STATE)
        return (
            rest == EVERYTHING
            and asked.destination != ANY_ADDRESS
            and all(meet_ranges(end, overlay) == overlay for end in ends)
        )

    def _here(self, verdict: RuleVerdict, host: int) -> Box | None:
        """Return the packets to a container; a rule that only matches addresses of another network is ignored."""
        box = meet(verdict.box, EVERYTHING._replace(destination=((host, host),)))
        source = box and without_ranges(box.source, ((host, host),))
        if not (box and source):
            return None
        outside = self._outside
        named = verdict.named
        if named.destination == ANY_ADDRESS and meet_ranges(named.source, outside) != outside:
            source = without_ranges(source, outside)
        return box._replace(source=source) if source else None

    def _allowed_to(self, host: int, flow: Flow, box: Box) -> Iterator[Box]:
        key = host, flow.marked
        if key not in self._cache:
            self._cache[key] = GroupedBoxes()
            for allowed in self._allowed.to(host, marked=flow.marked):
                self._cache[key].add(allowed, allowed)
        return self._cache[key].near(box)

    def _opens(self, verdict: RuleVerdict, host: int) -> bool:
        """Whether it accepts packets that the expected rules reject."""
        box = self._here(verdict, host)
        if not box:
            return False
        return not holds_all(chain(verdict.earlier(host, box), self._allowed_to(host, verdict.flow, box)), box)

    def _closes(self, verdict: RuleVerdict, host: int) -> bool:
        """Whether it refuses packets that the expected rules accept."""
        box = self._here(verdict, host)
        box = box and meet(box, _NOT_INVALID)
        if not box:
            return False
        parts = [both for each in self._allowed_to(host, verdict.flow, box) if (both := meet(box, each))]
        earlier = list(verdict.earlier(host, box)) if parts else []
        return any(not holds_all(earlier, part) for part in parts)

    def _blocks_remote(self, verdict: RuleVerdict) -> bool:
        """Whether it blocks packets that another cell would accept: replies, and calls that policies allow."""
        earlier = list(verdict.earlier(None, verdict.box))
        for host, box in self._leaving(verdict):
            sure = meet(box, _NOT_INVALID if self._all_may else EVERYTHING._replace(state=REPLIES))
            if sure and uncovered(sure, earlier):
                return True
            calls = meet(box, _NOT_INVALID._replace(state=_NOT_INVALID.state & ~REPLIES))
            if calls and self._blocks_calls(calls, host, earlier):
                return True
        return False

    def _blocks_calls(self, calls: Box, host: int, earlier: Sequence[Box]) -> bool:
        """Whether a policy allows some of these calls from a container that have not been decided earlier."""
        for policy in self._planned.policies_of(self._allowed.marks.get(host, 0)):
            remote = self._remote(policy)
            part = remote and meet(calls, remote)
            if part and uncovered(part, earlier):
                return True
        return False

    def _remarked(self, verdict: RuleVerdict) -> DriftKind | None:
        """Whether packets leave with a wrong mark that changes what other cells accept."""
        if self._all_may:
            return None
        earlier = list(verdict.earlier(None, verdict.box))
        found = None
        for host, each in self._leaving(verdict):
            box = meet(each, _NO_REPLIES)
            should, does = self._allowed.marks.get(host, 0) & CARRIED, verdict.flow.mark_of(host) & CARRIED
            if not box or should == does:
                continue
            wanted, given = self._planned.policies_of(should), self._planned.policies_of(does)
            if self._beyond(given, wanted, box, earlier):
                return DriftKind.BYPASS
            calls = meet(box, _NOT_INVALID)
            if calls and self._beyond(wanted, given, calls, earlier):
                found = DriftKind.BLOCKED
        return found

    def _beyond(self, these: Sequence[Policy], those: Sequence[Policy], box: Box, earlier: Sequence[Box]) -> bool:
        """Whether `these` policies allow packets of `box` that `those` do not."""
        others: dict[str, list[Box]] = defaultdict(list)
        for policy in those:
            others[policy.destination] += filter(None, [policy_box(policy)])
        for policy in these:
            remote = self._remote(policy)
            part = remote and meet(box, remote)
            if part and uncovered(part, [*others[policy.destination], *earlier]):
                return True
        return False

    def _remote(self, policy: Policy) -> Box | None:
        """Return the packets that a policy allows, if any, limited to its destination's containers if known."""
        addresses = self._addresses_of(policy.destination)
        box = policy_box(policy)
        return box._replace(destination=merged([(ip, ip) for ip in addresses])) if box and addresses else box

    def _leaving(self, verdict: RuleVerdict) -> Iterator[tuple[int, Box]]:
        for host in self.hosts:
            box = meet(verdict.box, EVERYTHING._replace(source=((host, host),)))
            if box:
                yield host, box

    def _complete(self, place: RulePosition, accepted: Box, flows: Sequence[Flow]) -> None:
        """Check whether this rule and the ones before it accept everything."""
        known = self.found.get(place)
        before = [effect for effect in self.found.values() if effect.sure and effect.kind is DriftKind.BYPASS]
        if not before or any(effect.kind is DriftKind.ENFORCEMENT_OFF for effect in self.found.values()):
            return
        if self._everything_accepted(flows):
            calls = known.calls if known else accepted
            self.found[place] = PolicyEffect(DriftKind.ENFORCEMENT_OFF, sure=True, calls=calls)

    def _everything_accepted(self, flows: Sequence[Flow]) -> bool:
        hosts = (self._stranger, *self.hosts)
        return all(self._all_accepted(flow, host) for host in hosts for flow in flows if not flow.remote)

    def _all_accepted(self, flow: Flow, host: int) -> bool:
        here = meet(flow.box, _NEW._replace(destination=((host, host),)))
        if not here:
            return True
        accepted = [each.box for each in flow.decided(host, here) if each.accepts is not False]
        allowed = self._allowed_to(host, flow, here) if host != self._stranger else []
        return holds_all([*accepted, *allowed], here)


def _drops_none(flow: Flow, host: int) -> bool:
    """Whether no calls to the host are dropped on the way."""
    here = meet(flow.box, _NEW._replace(destination=((host, host),)))
    drops = [each.box for each in flow.decided(host, EVERYTHING) if each.accepts is False]
    return here is None or not any(meet(here, drop) for drop in drops)


def is_about_calls(box: Box | None, network: CellNetwork) -> bool:
    """Whether a box contains packets to a container of the cell, or from one to another cell."""
    if not box:
        return False
    if meet_ranges(box.destination, network.local or ((network.stranger, network.stranger),)):
        return True
    return bool(meet_ranges(box.source, network.local) and meet_ranges(box.destination, network.remote))
