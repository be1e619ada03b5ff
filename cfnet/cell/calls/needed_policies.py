"""Propose the smallest set of policies that allows refused calls, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.calls.call_log import Tally
from cfnet.cell.model.kernel_text import kept_ports
from cfnet.policy import Policy, Ports, Protocol
from cfnet.policy.ports import HIGHEST, LOWEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.calls.call_ends import CallerBy
    from cfnet.cell.calls.call_log import RefusedCall

_PROTOCOLS: Final = frozenset(Protocol)


class ProposedPolicy(NamedTuple):
    """A policy, the refused calls that it would allow, and what identified their caller."""

    policy: Policy
    calls: Tally
    by: frozenset[CallerBy]


class UnproposedCall(NamedTuple):
    """A refused call that no policy is proposed for, and how often it was seen."""

    call: RefusedCall
    calls: Tally


class NeededPolicies(NamedTuple):
    """What follows from refused calls.

    Attributes:
        proposed: the policies that allow them.
        rare: the policies that would allow calls that were refused too rarely, as in a scan; one for each port.
        allowed_now: the calls that a policy allows now, by this policy.
        doubtful: calls between apps that are not certain.
        impossible: calls that no policy can allow.
    """

    proposed: Sequence[ProposedPolicy]
    rare: Sequence[ProposedPolicy]
    allowed_now: Sequence[ProposedPolicy]
    doubtful: Sequence[UnproposedCall]
    impossible: Sequence[UnproposedCall]


class _Calls:
    """The refused calls on one port."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.by: set[CallerBy] = set()

    def add(self, calls: Tally, by: Iterable[CallerBy]) -> None:
        self.tally.include(calls)
        self.by.update(by)

    def proposed(self, policy: Policy) -> ProposedPolicy:
        return ProposedPolicy(policy, self.tally, frozenset(self.by))


def needed_policies(refused: Mapping[RefusedCall, Tally], policies: Iterable[Policy], min_count: int) -> NeededPolicies:
    """Propose policies for refused calls; `policies` are those that exist.

    Only adjacent ports share a policy. Ports with fewer than `min_count` refused calls are apart.
    """
    doubtful: list[UnproposedCall] = []
    impossible: list[UnproposedCall] = []
    by_port: dict[Policy, _Calls] = {}
    for call, tally in refused.items():
        if call.ends.doubt:
            doubtful.append(UnproposedCall(call, tally))
        elif policy := _policy_for(call):
            by_port.setdefault(policy, _Calls()).add(tally, (call.ends.by,))
        else:
            impossible.append(UnproposedCall(call, tally))
    allowed_now = _allowed(by_port, policies)
    open_ = {policy: calls for policy, calls in sorted(by_port.items()) if policy not in allowed_now}
    often = {policy: calls for policy, calls in open_.items() if calls.tally.times >= min_count}
    return NeededPolicies(
        list(_adjacent(often)),
        [calls.proposed(policy) for policy, calls in open_.items() if policy not in often],
        list(_by_policy(by_port, allowed_now)),
        doubtful,
        impossible,
    )


def _policy_for(call: RefusedCall) -> Policy | None:
    """Return the policy that allows exactly this call; None if no policy can."""
    source, destination = call.ends.source, call.ends.destination
    if not source or not destination or call.port is None or not LOWEST <= call.port <= HIGHEST:
        return None
    if call.protocol not in _PROTOCOLS:
        return None
    return Policy(source, destination, Protocol(call.protocol), Ports(call.port, call.port))


def _allowed(wanted: Iterable[Policy], policies: Iterable[Policy]) -> dict[Policy, Policy]:
    """Return those of `wanted`, each for one port, that one of `policies` allows, with the first of these."""
    by_ends: dict[tuple[str, str, Protocol], list[Policy]] = {}
    for policy in policies:
        by_ends.setdefault(policy[:3], []).append(policy)
    found = {}
    for each in wanted:
        allowing = next((policy for policy in by_ends.get(each[:3], ()) if allows(policy, each.ports.start)), None)
        if allowing:
            found[each] = allowing
    return found


def allows(policy: Policy, port: int) -> bool:
    """Whether the rules of `policy` accept packets to a port."""
    kept = kept_ports(policy.protocol, policy.ports)
    return kept is not None and kept.start <= port <= kept.end


def _by_policy(by_port: Mapping[Policy, _Calls], allowed: Mapping[Policy, Policy]) -> Iterator[ProposedPolicy]:
    """Yield the policies that allow calls now, with these."""
    found: dict[Policy, _Calls] = {}
    for wanted, policy in allowed.items():
        found.setdefault(policy, _Calls()).add(by_port[wanted].tally, by_port[wanted].by)
    for policy, calls in sorted(found.items()):
        yield calls.proposed(policy)


def _adjacent(by_port: Mapping[Policy, _Calls]) -> Iterator[ProposedPolicy]:
    """Join policies for adjacent ports; `by_port` is sorted."""
    before: Policy | None = None
    calls = _Calls()
    for policy, more in by_port.items():
        if before and before[:3] == policy[:3] and before.ports.end + 1 == policy.ports.start:
            before = before._replace(ports=Ports(before.ports.start, policy.ports.end))
        else:
            if before:
                yield calls.proposed(before)
            before, calls = policy, _Calls()
        calls.add(more.tally, more.by)
    if before:
        yield calls.proposed(before)
