"""Whom a finding is about: the policy behind a rule, its apps, and the container."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.cell.iptables_condition import Comment
from cfnet.cell.iptables_header import Address, Port, Transport
from cfnet.cell.iptables_match import Mark
from cfnet.cell.iptables_rule import Rule, read_rule
from cfnet.cell.iptables_target import SetMark
from cfnet.cell.rule_form import apps_of_comment
from cfnet.policy import Policy, Ports, Protocol

if TYPE_CHECKING:
    from cfnet.cell.drift import Drift
    from cfnet.cell.names import Names
    from cfnet.cell.planned_cell import PlannedCell


class Subject(NamedTuple):
    """Whom a finding is about; what is not known is None.

    Attributes:
        policy: the policy that the rule is made from.
        source: the GUID of the app whose packets it is about.
        destination: the GUID of the app that they are for.
        handle: the container that the chain belongs to.
    """

    policy: Policy | None = None
    source: str | None = None
    destination: str | None = None
    handle: str | None = None


class Subjects:
    """Says whom each finding about one cell is about."""

    def __init__(self, planned: PlannedCell, names: Names) -> None:
        """Prepare to say it of a cell that should hold what is `planned`."""
        self._policy = planned.policy
        self._names = names
        self._by_chain = {own.name: own.container for own in planned.own}
        self._by_jump = {jump.text: own.container for own in planned.own for jump in own.jumps}

    def of(self, drift: Drift) -> Subject:
        """Whom a finding is about: by the plan where the rule is planned, else by what the rule says itself."""
        jumps = self._by_jump
        container = self._by_chain.get(drift.chain) or jumps.get(drift.rule) or jumps.get(drift.wanted)
        if container:
            return Subject(source=container.app or None, handle=container.handle)
        if drift.wanted and drift.chain.startswith("vpa--"):
            rule = self._policy[drift.wanted_position - 1]
            app = rule.container.app if rule.container else None
            if rule.policy:
                return Subject(rule.policy, rule.policy.source, rule.policy.destination)
            return Subject(None, None, app) if rule.port is not None else Subject(None, app)
        return _by_its_words(read_rule(f"-A {drift.chain} {drift.rule}"), self._names) if drift.rule else Subject()


def _by_its_words(rule: Rule, names: Names) -> Subject:
    source, destination, protocol, ports = None, None, None, None
    for condition in rule.conditions:
        match condition:
            case Comment(text=text) if (apps := apps_of_comment(text))[0]:
                source, destination = apps[0], apps[1] or destination
            case Address(flag=flag) if flag == "-d":
                at = names.instances.get(str(condition.network.network_address))
                destination = destination or (at.app if at else None)
            case Mark(mark=mark):
                source = source or names.marks.get(mark)
            case Port(flag="--dport", first=first, last=last):
                ports = Ports(first, last)
            case Transport(protocol=name) if name in list(Protocol):
                protocol = Protocol(name)
            case _:
                pass
    if isinstance(rule.target, SetMark):
        source = source or names.marks.get(rule.target.mark)
    policy = Policy(source, destination, protocol, ports) if source and destination and protocol and ports else None
    return Subject(policy, source, destination)
