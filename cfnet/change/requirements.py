"""Check requirements against policies: which hold, which fail and why, and which cannot be decided.

The number of pairs of apps can be the square of the number of apps, so pairs are counted, never listed. Checks take
time linear in the number of policies.
"""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.policy.requirement import Requirement, RequirementKind, merge_ports, ports_without

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cfnet.policy import App, Policy, Protocol
    from cfnet.policy.ports import Ports

MOST_NAMED: Final = 10
"""Maximum number of listed breaches per requirement; the others are counted."""
_MOST_NEAR: Final = 3


class RequirementOutcome(StrEnum):
    """Whether a requirement holds."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class AlmostAllowingKind(StrEnum):
    """How a policy differs from the one that a call needs."""

    OTHER_PORTS = "other ports"
    OTHER_DIRECTION = "other direction"
    OTHER_SPACE = "other space"


class AlmostAllowing(NamedTuple):
    """A policy that almost allows a call."""

    kind: AlmostAllowingKind
    policy: Policy


class MissingCall(NamedTuple):
    """A required call that no policy allows.

    Attributes:
        source: GUID of the app.
        destination: GUID of the app.
        protocol: its protocol.
        ports: the ports that are not allowed.
        near: policies that almost allow it, closest first.
    """

    source: str
    destination: str
    protocol: Protocol
    ports: tuple[Ports, ...]
    near: tuple[AlmostAllowing, ...]


class Judgement(NamedTuple):
    """The result of checking a requirement.

    Attributes:
        outcome: whether it holds.
        pairs: the number of pairs of apps.
        breaking: the first few policies that allow what must be denied.
        missing: the first few calls that must be allowed but are not.
        breaches: the number of policies that break it, or of pairs of apps with a missing call.
        reasons: why it cannot be decided, as clauses; empty if it can.
    """

    outcome: RequirementOutcome
    pairs: int
    breaking: tuple[Policy, ...] = ()
    missing: tuple[MissingCall, ...] = ()
    breaches: int = 0
    reasons: tuple[str, ...] = ()


class PolicyView:
    """The policies of a foundation that a user can see."""

    def __init__(
        self, policies: Iterable[Policy], apps: Mapping[str, App], visible: frozenset[str] | None = None
    ) -> None:
        """Prepare to check requirements.

        Args:
            policies: the known policies.
            apps: the apps with known names, by GUID, to find policies that almost allow a call.
            visible: GUIDs of the apps between which all policies are known; None means all apps.
        """
        self.policies = frozenset(policies)
        self._apps = apps
        self._visible = visible

    def judge(self, requirement: Requirement) -> Judgement:
        """Check whether `requirement` holds."""
        if requirement.kind is RequirementKind.DENIED:
            return self._denied(requirement)
        return self._allowed(requirement)

    def _denied(self, required: Requirement) -> Judgement:
        pairs = len(required.sources) * len(required.destinations)
        breaking = self._breaking(required)
        if breaking:
            return Judgement(RequirementOutcome.FAILED, pairs, tuple(breaking[:MOST_NAMED]), breaches=len(breaking))
        reasons = self._reasons(required, unknown=pairs - self._known_pairs(required))
        possible = self._breaking(
            required._replace(
                sources=required.sources | required.possible_sources,
                destinations=required.destinations | required.possible_destinations,
            )
        )
        if possible:
            reasons = (*reasons, f"policies of apps with unknown names may break it ({len(possible):,})")
        return Judgement(RequirementOutcome.UNKNOWN if reasons else RequirementOutcome.PASSED, pairs, reasons=reasons)

    def _breaking(self, required: Requirement) -> list[Policy]:
        """Return the policies that allow calls of a requirement."""
        return sorted(
            policy
            for policy in self._between(required)
            if policy.protocol in required.protocols
            and any(policy.ports.start <= each.end and each.start <= policy.ports.end for each in required.ports)
        )

    def _allowed(self, required: Requirement) -> Judgement:
        pairs = len(required.sources) * len(required.destinations)
        allowed = self._allowed_pairs(required)
        sources, destinations = self._known(required.sources), self._known(required.destinations)
        known = sum(source in sources and destination in destinations for source, destination in allowed)
        failed = len(sources) * len(destinations) - known
        if failed:
            first = islice(
                (
                    self._missing(source, destination, required)
                    for source in sorted(sources)
                    for destination in sorted(destinations)
                    if (source, destination) not in allowed
                ),
                MOST_NAMED,
            )
            return Judgement(RequirementOutcome.FAILED, pairs, missing=tuple(first), breaches=failed)
        reasons = self._reasons(required, unknown=pairs - len(allowed))
        return Judgement(RequirementOutcome.UNKNOWN if reasons else RequirementOutcome.PASSED, pairs, reasons=reasons)

    def _allowed_pairs(self, required: Requirement) -> set[tuple[str, str]]:
        """Return the pairs of apps for which all required calls are allowed."""
        found: dict[tuple[str, str], dict[Protocol, list[Ports]]] = defaultdict(lambda: defaultdict(list))
        for policy in self._between(required):
            found[policy.source, policy.destination][policy.protocol].append(policy.ports)
        return {
            pair
            for pair, ports in found.items()
            if not any(ports_without(required.ports, merge_ports(ports[each])) for each in required.protocols)
        }

    def _reasons(self, required: Requirement, *, unknown: int) -> tuple[str, ...]:
        """Return why the requirement cannot be decided, if `unknown` pairs of apps are undecided."""
        if not unknown:
            return required.unseen
        return (*required.unseen, f"this user cannot see all policies of {unknown:,} of its pairs of apps")

    def _known(self, apps: frozenset[str]) -> frozenset[str]:
        return apps if self._visible is None else apps & self._visible

    def _known_pairs(self, required: Requirement) -> int:
        return len(self._known(required.sources)) * len(self._known(required.destinations))

    def _between(self, required: Requirement) -> Iterator[Policy]:
        """Return the policies from the sources to the destinations of a requirement."""
        sources, destinations = required.sources, required.destinations
        if len(sources) <= len(destinations):
            candidates = (policy for source in sources for policy in self._by_source.get(source, ()))
            return (policy for policy in candidates if policy.destination in destinations)
        candidates = (policy for end in destinations for policy in self._by_destination.get(end, ()))
        return (policy for policy in candidates if policy.source in sources)

    def _missing(self, source: str, destination: str, required: Requirement) -> MissingCall:
        here = [each for each in self._by_source.get(source, ()) if each.destination == destination]
        for protocol in required.protocols:
            found = merge_ports([each.ports for each in here if each.protocol is protocol])
            if ports := ports_without(required.ports, found):
                return MissingCall(source, destination, protocol, ports, tuple(self._near(source, destination, here)))
        raise AssertionError("called for a pair with all calls allowed")

    def _near(self, source: str, destination: str, here: Sequence[Policy]) -> Iterator[AlmostAllowing]:
        others = [
            *(AlmostAllowing(AlmostAllowingKind.OTHER_PORTS, each) for each in sorted(here)),
            *(
                AlmostAllowing(AlmostAllowingKind.OTHER_DIRECTION, each)
                for each in sorted(self._by_source.get(destination, ()))
                if each.destination == source
            ),
            *(
                AlmostAllowing(AlmostAllowingKind.OTHER_SPACE, each)
                for each in sorted(self._elsewhere(source, destination))
            ),
        ]
        return islice(others, _MOST_NEAR)

    def _elsewhere(self, source: str, destination: str) -> Iterator[Policy]:
        """Yield the policies of either app with an app in another space that has the same name as the other."""
        for policy in self._by_source.get(source, ()):
            if policy.destination != destination and self._namesakes(policy.destination, destination):
                yield policy
        for policy in self._by_destination.get(destination, ()):
            if policy.source != source and self._namesakes(policy.source, source):
                yield policy

    def _namesakes(self, one: str, two: str) -> bool:
        first, second = self._apps.get(one), self._apps.get(two)
        return first is not None and second is not None and first.name.lower() == second.name.lower()

    @cached_property
    def _by_source(self) -> Mapping[str, Sequence[Policy]]:
        found: dict[str, list[Policy]] = defaultdict(list)
        for policy in self.policies:
            found[policy.source].append(policy)
        return dict(found)

    @cached_property
    def _by_destination(self) -> Mapping[str, Sequence[Policy]]:
        found: dict[str, list[Policy]] = defaultdict(list)
        for policy in self.policies:
            found[policy.destination].append(policy)
        return dict(found)
