"""Judge which policies were used, from accepted calls, where logs allow that."""

from __future__ import annotations

from bisect import bisect_left
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.calls.call_log import AcceptedCall, Tally
from cfnet.cell.calls.needed_policies import allows
from cfnet.policy import Ports

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.calls.log_coverage import CellCoverage
    from cfnet.cell.calls.rule_counters import CounterEvidence
    from cfnet.policy import Policy

_FEW: Final = 2
"""A range is wider than needed if it has at least this many times the ports that were used."""


class UsageVerdict(StrEnum):
    """What is known about the use of a policy."""

    USED = "used"
    UNUSED = "unused"
    UNKNOWN = "unknown"


class Unjudged(StrEnum):
    """Why it is unknown whether a policy is used."""

    NO_CONTAINER = "no-container"
    """No container of the destination app is known."""
    NO_LOGS = "no-logs"
    """There are no logs of a cell where the destination app runs."""
    NOT_LOGGED = "not-logged"
    """Accepted calls are not logged on such a cell."""
    MAYBE_NOT_LOGGED = "maybe-not-logged"
    """It is unknown whether they are."""
    TOO_SHORT = "too-short"
    """The logs of such a cell cover too short a period."""
    UNCLEAR = "unclear"
    """An accepted call may have used it, but its line is incomplete."""
    TOO_MANY = "too-many"
    """There were too many different calls to count them all."""


class PolicyUse(NamedTuple):
    """What logs say about a policy.

    Attributes:
        policy: the policy.
        usage: whether it was used.
        calls: the accepted calls that it allows.
        ports: the used ports, joined if adjacent.
        why: why its use is unknown.
        cells: the cells where the destination app runs; if `why` is about cells, only these.
        seconds: the shortest period for which these cells logged accepted calls, or counted packets.
        packets: the packets that its rules counted; None without counters.
        is_wide: whether few ports of its range were used, as far as that can be judged.
    """

    policy: Policy
    usage: UsageVerdict
    calls: Tally
    ports: Sequence[Ports]
    why: Unjudged | None
    cells: Sequence[str]
    seconds: float
    packets: int | None
    is_wide: bool


class UsageFacts(NamedTuple):
    """What policies are judged by.

    Attributes:
        coverage: what the logs cover, by cell.
        cells_of: the cells where each app runs, by GUID.
        unused_after: the shortest period to judge, in seconds.
        uncounted: whether some accepted calls were not counted.
        counters: what counters say, by cell.
    """

    coverage: Mapping[str, CellCoverage]
    cells_of: Mapping[str, Collection[str]]
    unused_after: float = 0.0
    uncounted: bool = False
    counters: Mapping[str, CounterEvidence] = MappingProxyType({})


def policy_uses(
    policies: Iterable[Policy], accepted: Mapping[AcceptedCall, Tally], facts: UsageFacts
) -> list[PolicyUse]:
    """Judge each policy, in order. A call that several policies allow counts for each of them."""
    policies = list(policies)
    calls = _Accepted(accepted, {policy.destination for policy in policies})
    return [_judged(policy, calls, facts) for policy in policies]


def _judged(policy: Policy, calls: _Accepted, facts: UsageFacts) -> PolicyUse:
    tally = Tally()
    ports: set[int] = set()
    for port, each in calls.of(policy):
        tally.include(each)
        ports.add(port)
    cells = sorted(facts.cells_of.get(policy.destination, ()))
    by_log = {cell: _obstacle(facts.coverage.get(cell), facts) for cell in cells}
    counts = _counts(policy, cells, facts)
    why, about = _first(cells, {cell: _without_counts(cell, by_log[cell], counts, facts) for cell in cells})
    is_used = bool(ports) or any(counts.values())
    doubt = calls.doubt_about(policy)
    if not is_used:
        why = why or doubt
    return PolicyUse(
        policy,
        _verdict(why, is_used=is_used),
        tally,
        joined(ports),
        why,
        about,
        min((_seconds(cell, facts) for cell in about), default=0.0),
        sum(counts.values()) if counts else None,
        is_wide=_is_wide(policy, ports, doubt or _first(cells, by_log)[0]),
    )


def _verdict(why: Unjudged | None, *, is_used: bool) -> UsageVerdict:
    if is_used:
        return UsageVerdict.USED
    return UsageVerdict.UNKNOWN if why else UsageVerdict.UNUSED


def _is_wide(policy: Policy, used: Collection[int], why: Unjudged | None) -> bool:
    """Whether few ports were used; `why` the logs do not show that all used ones are known."""
    width = policy.ports.end - policy.ports.start + 1
    return why is None and bool(used) and len(used) * _FEW <= width


def _counts(policy: Policy, cells: Iterable[str], facts: UsageFacts) -> dict[str, int]:
    """Return the packets that the rules of a policy counted, by cell with counters of them."""
    evidence = {cell: facts.counters[cell].packets for cell in cells if cell in facts.counters}
    return {cell: packets[policy] for cell, packets in evidence.items() if policy in packets}


def _without_counts(
    cell: str, by_log: Unjudged | None, counts: Mapping[str, int], facts: UsageFacts
) -> Unjudged | None:
    """Return why neither the logs nor the counters of a cell show whether a policy is used."""
    if by_log is None or cell not in counts:
        return by_log
    return None if facts.counters[cell].seconds >= facts.unused_after else Unjudged.TOO_SHORT


def _first(cells: Sequence[str], obstacles: Mapping[str, Unjudged | None]) -> tuple[Unjudged | None, Sequence[str]]:
    """Return the first reason why a policy without accepted calls cannot be judged, and the cells it is about."""
    if not cells:
        return Unjudged.NO_CONTAINER, []
    for why in Unjudged:
        if which := [cell for cell in cells if obstacles[cell] is why]:
            return why, which
    return None, cells


def _obstacle(coverage: CellCoverage | None, facts: UsageFacts) -> Unjudged | None:
    """Return why the logs of a cell do not show whether its policies are used."""
    if coverage is None:
        return Unjudged.NO_LOGS
    if not coverage.logged:
        return Unjudged.NOT_LOGGED if coverage.logged is False else Unjudged.MAYBE_NOT_LOGGED
    if not coverage.logged_seconds or coverage.logged_seconds < facts.unused_after:
        return Unjudged.TOO_SHORT
    return Unjudged.TOO_MANY if facts.uncounted else None


def _seconds(cell: str, facts: UsageFacts) -> float:
    coverage, counters = facts.coverage.get(cell), facts.counters.get(cell)
    return max(coverage.logged_seconds if coverage else 0.0, counters.seconds if counters else 0.0)


class _Accepted:
    """Accepted calls by the app that was called; log prefixes are cut, so a call may be to several."""

    def __init__(self, accepted: Mapping[AcceptedCall, Tally], destinations: Collection[str]) -> None:
        guids = sorted(destinations)
        self._by_app: dict[str, list[tuple[AcceptedCall, Tally]]] = {}
        for call, tally in accepted.items():
            for guid in _meant(call, guids):
                self._by_app.setdefault(guid, []).append((call, tally))

    def of(self, policy: Policy) -> Iterator[tuple[int, Tally]]:
        """Yield the port of each accepted call that `policy` allows, with its count."""
        for call, tally in self._by_app.get(policy.destination, ()):
            if call.port is None or call.protocol != policy.protocol or not allows(policy, call.port):
                continue
            if _may_be_from(policy.source, call):
                yield call.port, tally

    def doubt_about(self, policy: Policy) -> Unjudged | None:
        """Return a doubt if the line of an accepted call is incomplete, so that `policy` may have allowed it."""
        unclear = any(
            call.port is None and call.protocol in (None, policy.protocol) and _may_be_from(policy.source, call)
            for call, _ in self._by_app.get(policy.destination, ())
        )
        return Unjudged.UNCLEAR if unclear else None


def _may_be_from(source: str, call: AcceptedCall) -> bool:
    return call.sources is None or source in call.sources


def _meant(call: AcceptedCall, guids: Sequence[str]) -> Sequence[str]:
    """Return those of the sorted `guids` that the called app may have; all if the line does not name it."""
    if not call.app:
        return guids
    first = bisect_left(guids, call.app)
    end = f"{call.app}\U0010ffff" if call.cut else f"{call.app}\0"
    return guids[first : bisect_left(guids, end, lo=first)]


def joined(ports: Iterable[int]) -> list[Ports]:
    """Join adjacent ports to ranges."""
    found: list[Ports] = []
    for port in sorted(ports):
        if found and found[-1].end + 1 == port:
            found[-1] = Ports(found[-1].start, port)
        else:
            found.append(Ports(port, port))
    return found
