"""Judge which policies were used, from accepted calls, where logs allow that."""

from __future__ import annotations

from bisect import bisect_left
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.calls.call_log import AcceptedCall, Tally
from cfnet.cell.calls.needed_policies import allows
from cfnet.policy import Ports

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.calls.log_coverage import CellCoverage
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
        seconds: the shortest period that the logs of these cells cover.
    """

    policy: Policy
    usage: UsageVerdict
    calls: Tally
    ports: Sequence[Ports]
    why: Unjudged | None
    cells: Sequence[str]
    seconds: float

    @property
    def is_wide(self) -> bool:
        """Whether few ports of its range were used, as far as that can be judged."""
        used = sum(each.end - each.start + 1 for each in self.ports)
        width = self.policy.ports.end - self.policy.ports.start + 1
        return self.usage is UsageVerdict.USED and self.why is None and used * _FEW <= width


class UsageFacts(NamedTuple):
    """What policies are judged by.

    Attributes:
        coverage: what the logs cover, by cell.
        cells_of: the cells where each app runs, by GUID.
        unused_after: the shortest period to judge, in seconds.
        uncounted: whether some accepted calls were not counted.
    """

    coverage: Mapping[str, CellCoverage]
    cells_of: Mapping[str, Collection[str]]
    unused_after: float = 0.0
    uncounted: bool = False


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
    why, cells = _obstacle(policy, facts)
    usage = UsageVerdict.USED if ports else UsageVerdict.UNKNOWN if why else UsageVerdict.UNUSED
    seconds = min((facts.coverage[cell].seconds for cell in cells if cell in facts.coverage), default=0.0)
    return PolicyUse(policy, usage, tally, joined(ports), why, cells, seconds)


def _obstacle(policy: Policy, facts: UsageFacts) -> tuple[Unjudged | None, Sequence[str]]:
    """Return why a policy without accepted calls cannot be judged, and the cells that this is about."""
    cells = sorted(facts.cells_of.get(policy.destination, ()))
    if not cells:
        return Unjudged.NO_CONTAINER, []
    obstacles = {cell: _obstacle_on(facts.coverage.get(cell), facts.unused_after) for cell in cells}
    for why in Unjudged:
        if which := [cell for cell in cells if obstacles[cell] is why]:
            return why, which
    return (Unjudged.TOO_MANY if facts.uncounted else None), cells


def _obstacle_on(coverage: CellCoverage | None, unused_after: float) -> Unjudged | None:
    if coverage is None:
        return Unjudged.NO_LOGS
    if not coverage.logged:
        return Unjudged.NOT_LOGGED if coverage.logged is False else Unjudged.MAYBE_NOT_LOGGED
    return Unjudged.TOO_SHORT if not coverage.seconds or coverage.seconds < unused_after else None


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
            if call.sources is None or policy.source in call.sources:
                yield call.port, tally


def _meant(call: AcceptedCall, guids: Sequence[str]) -> Sequence[str]:
    """Return those of the sorted `guids` that the called app may have."""
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
