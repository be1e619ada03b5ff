"""Find the policy, apps and container that a finding is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.iptables.condition import Comment
from cfnet.cell.iptables.header import Address, Port, Transport
from cfnet.cell.iptables.rule import Rule, read_rule
from cfnet.cell.iptables.rule_form import apps_of_comment
from cfnet.policy import Policy, Ports, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.cell.drift.chain_drift import Drift
    from cfnet.cell.model.names import Names
    from cfnet.cell.planning.planned_cell import PlannedCell
    from cfnet.cell.planning.policy_chain import PlannedRule


class Subject(NamedTuple):
    """The subject of a finding; None means unknown.

    Attributes:
        policy: the policy behind the rule.
        source: the GUID of the source app.
        destination: the GUID of the destination app.
        handle: the container of the chain.
    """

    policy: Policy | None = None
    source: str | None = None
    destination: str | None = None
    handle: str | None = None


class Subjects:
    """Finds the subjects of findings about a cell."""

    def __init__(self, planned: PlannedCell, names: Names) -> None:
        """Index the `planned` rules of the cell."""
        self._policy = planned.policy
        self._names = names
        self._by_chain = {own.name: own.container for own in planned.own}
        self._by_jump = {jump.text: own.container for own in planned.own for jump in own.jumps}

    def of(self, drift: Drift) -> Subject:
        """Return the subject of a finding, from the plan for planned rules, otherwise from the rule itself."""
        jumps = self._by_jump
        container = self._by_chain.get(drift.chain) or jumps.get(drift.rule) or jumps.get(drift.wanted)
        if container:
            return Subject(source=container.app or None, handle=container.handle)
        if drift.wanted and drift.chain.startswith("vpa--"):
            return _by_plan(self._policy[drift.wanted_position - 1])
        return _by_content(read_rule(f"-A {drift.chain} {drift.rule}"), self._names) if drift.rule else Subject()


def _by_plan(rule: PlannedRule) -> Subject:
    if rule.policy:
        return Subject(rule.policy, rule.policy.source, rule.policy.destination)
    app = rule.container.app if rule.container else None
    return Subject(destination=app) if rule.port is not None else Subject(source=app)


def _by_content(rule: Rule, names: Names) -> Subject:
    """Find the subject of a rule from its content; comments take precedence over marks and addresses."""
    commented = _by_comment(rule)
    source = commented[0] or next(filter(None, map(names.marks.get, rule.marks)), None)
    destination = commented[1] or next(filter(None, _apps_at_destinations(rule, names)), None)
    if source and destination and (call := _asked_call(rule)):
        return Subject(Policy(source, destination, *call), source, destination)
    return Subject(None, source, destination)


def _by_comment(rule: Rule) -> tuple[str, str]:
    """Return the last source and destination app named in comments of the rule; empty if none is."""
    named = [apps for comment in rule.conditions_of(Comment) if (apps := apps_of_comment(comment.text))[0]]
    source, destination = "", ""
    for each in named:
        source, destination = each[0], each[1] or destination
    return source, destination


def _apps_at_destinations(rule: Rule, names: Names) -> Iterator[str]:
    for condition in rule.conditions_of(Address):
        at = names.instances.get(str(condition.network.network_address))
        if at and condition.flag == "-d":
            yield at.app


def _asked_call(rule: Rule) -> tuple[Protocol, Ports] | None:
    """Return the protocol and destination ports that a rule matches; None unless it matches both."""
    protocols = [each.protocol for each in rule.conditions_of(Transport) if each.protocol in list(Protocol)]
    ports = [Ports(each.first, each.last) for each in rule.conditions_of(Port) if each.flag == "--dport"]
    return (Protocol(protocols[-1]), ports[-1]) if protocols and ports else None
