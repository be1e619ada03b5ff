"""Rules about the ports of policies."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from cfnet.document.lint_section import LintId
from cfnet.lint.finding import Severity
from cfnet.lint.rule import LintRule
from cfnet.policy import Ports, Protocol
from cfnet.policy.ports import HIGHEST, LOWEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.lint.finding import Finding
    from cfnet.lint.subject import LintSubject
    from cfnet.policy import Policy


class WideRange(LintRule):
    """A policy that allows a wide range of ports usually allows more than the destination listens on.

    A later version of the app may open one of these ports without anyone reviewing who may call it.

    The limit is `max-range` under `lint` in a document; the default is 100 ports.
    """

    id: ClassVar = LintId.WIDE_RANGE
    severity: ClassVar = Severity.WARNING
    remedy: ClassVar = "Allow only the ports that the destination listens on, or raise max-range."
    is_local: ClassVar = True

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each policy with more ports than the limit, unless it has all."""
        limit = subject.settings.max_range
        for policy in subject.policies:
            count = policy.ports.end - policy.ports.start + 1
            if count > limit and not _has_all_ports(policy):
                message = f"{subject.sentence(policy)} allows {count:,} ports; the limit is {limit:,}."
                yield self.found(message, subject.places_of([policy]), [policy])


class AllPorts(LintRule):
    """A policy for all ports allows whatever the destination listens on, now and later, also ports for debugging.

    Where it was written because the ports were unknown, the listening ports of an app are those of its routes and those
    in its manifest or code.
    """

    id: ClassVar = LintId.ALL_PORTS
    severity: ClassVar = Severity.ERROR
    remedy: ClassVar = "Allow only the ports that the destination listens on."
    is_local: ClassVar = True

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each such policy."""
        for policy in filter(_has_all_ports, subject.policies):
            yield self.found(f"{subject.sentence(policy)} allows all ports.", subject.places_of([policy]), [policy])


class Redundant(LintRule):
    """A policy is redundant if another one between the same apps with the same protocol allows all of its ports.

    It allows nothing, but counts towards the quota, adds rules to cells, and removing it does not have the effect that
    its author may expect.
    """

    id: ClassVar = LintId.REDUNDANT
    severity: ClassVar = Severity.ERROR
    remedy: ClassVar = "Remove the policy that the other one contains."

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each policy that another one contains."""
        for policies in _by_protocol(subject):
            widest = None
            for policy in sorted(policies, key=_from_the_widest):
                if widest and policy.ports.end <= widest.ports.end:
                    place = subject.places.get(widest)
                    at = f" ({place})" if place else ""
                    message = f"{subject.sentence(policy)} is contained in {widest.protocol} {widest.ports}{at}."
                    yield self.found(message, subject.places_of([policy]), [policy, widest])
                else:
                    widest = policy


class AdjacentRanges(LintRule):
    """Adjacent or overlapping port ranges between the same apps with the same protocol could be one policy.

    One policy needs one rule on each cell and counts once towards the quota.
    """

    id: ClassVar = LintId.ADJACENT_RANGES
    severity: ClassVar = Severity.NOTICE
    remedy: ClassVar = "Replace the policies with one for the whole range."

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each group of policies that could be one."""
        for policies in _by_protocol(subject):
            for run in _runs(sorted(policies, key=_from_the_widest)):
                joined = Ports(run[0].ports.start, run[-1].ports.end)
                ports = ", ".join(str(policy.ports) for policy in run)
                first = run[0]
                message = f"{subject.pair(first)}, {first.protocol} {ports} could be one policy for {joined}."
                yield self.found(message, subject.places_of(run), run)


class BothProtocols(LintRule):
    """The same ports are allowed for TCP and UDP between the same apps.

    Few apps serve both on one port; DNS is one. Often a policy was added for both protocols because the right one was
    not known.
    """

    id: ClassVar = LintId.BOTH_PROTOCOLS
    severity: ClassVar = Severity.NOTICE
    remedy: ClassVar = "Remove the policy of the protocol that the destination does not use."

    def check(self, subject: LintSubject) -> Iterator[Finding]:
        """Yield a finding for each such pair of policies."""
        for policies in subject.by_pair.values():
            of_udp = {policy.ports: policy for policy in policies if policy.protocol is Protocol.UDP}
            for policy in policies:
                if policy.protocol is Protocol.TCP and (other := of_udp.get(policy.ports)):
                    message = f"{subject.pair(policy)}, {policy.ports} is allowed for both tcp and udp."
                    yield self.found(message, subject.places_of([policy, other]), [policy, other])


def _has_all_ports(policy: Policy) -> bool:
    return policy.ports.start <= LOWEST and policy.ports.end >= HIGHEST


def _from_the_widest(policy: Policy) -> tuple[int, int]:
    return policy.ports.start, -policy.ports.end


def _by_protocol(subject: LintSubject) -> Iterator[Sequence[Policy]]:
    """Yield the policies between each two apps with the same protocol, if there are several."""
    for policies in subject.by_pair.values():
        if len(policies) > 1:
            for _, same in groupby(policies, key=lambda policy: policy.protocol):
                yield list(same)


def _runs(policies: Sequence[Policy]) -> Iterator[list[Policy]]:
    """Yield the groups of at least two adjacent or overlapping ranges, without those that another one contains."""
    run: list[Policy] = []
    for policy in policies:
        if run and policy.ports.end <= run[-1].ports.end:
            continue
        if run and policy.ports.start > run[-1].ports.end + 1:
            if len(run) > 1:
                yield run
            run = []
        run.append(policy)
    if len(run) > 1:
        yield run
