"""Find the purpose of a rule: its part in the path of packets between apps or out of the foundation.

The purpose follows from the chain, the target and all conditions. A rule whose conditions differ from those of the
agent's rules is foreign and described by its effect.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.explain.chain_names import RuleChain, kind_of
from cfnet.cell.explain.foreign_rule import foreign_effect
from cfnet.cell.explain.generated_rules import MARKS, OFF, OVERLAY_ACCEPT, OWN_RULES, POLICY, ROUTERS
from cfnet.cell.iptables.condition import Comment
from cfnet.cell.iptables.header import Address
from cfnet.cell.iptables.match import Mark
from cfnet.cell.iptables.rule_form import apps_of_comment, form
from cfnet.cell.iptables.target import Accept
from cfnet.cell.model.names import Names
from cfnet.cell.model.tags import INGRESS_ROUTER

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cfnet.cell.explain.generated_rules import GeneratedRule
    from cfnet.cell.iptables.rule import Rule

_NOBODY: Final = Names()
_SWITCHED_OFF: Final = frozenset({RuleChain.POLICIES, RuleChain.SECURITY_GROUPS})
"""The chains of the policy agent, which contain the rules that disable policies."""


class Purpose(NamedTuple):
    """The purpose of a rule.

    Attributes:
        text: a sentence or two; for a foreign rule, its effect on Cloud Foundry's rules, or empty if it has none.
        foreign: whether neither the policy agent nor the CNI wrapper generates such a rule.
    """

    text: str
    foreign: bool = False


def purpose(rule: Rule, names: Names = _NOBODY, head: Collection[IPv4Network] | None = ()) -> Purpose:
    """Find the purpose of a rule.

    Args:
        rule: the rule.
        names: the owners of marks and addresses.
        head: the overlay networks of the preceding rules in its chain if all of these disable policies; None if there
            are other rules among them.
    """
    asked = form(rule)
    if asked is None:
        return Purpose(foreign_effect(rule), foreign=True)
    if head is not None and _switches_off(networks_switched_off(rule, asked), names, head):
        return Purpose(OFF)
    own = _own_rule(rule, asked)
    if not own or (own.text == ROUTERS and _is_of_app(rule, names)):
        return Purpose(foreign_effect(rule), foreign=True)
    return Purpose(own.text + (_outdated(rule, names) if own.text in (POLICY, MARKS) else ""))


def _own_rule(rule: Rule, asked: frozenset[str]) -> GeneratedRule | None:
    """Return the kind of generated rule that has this form in this chain."""
    candidates = OWN_RULES.get(kind_of(rule.chain) or rule.chain, ())
    return next((each for each in candidates if each.is_kind_of(rule, asked)), None)


def networks_switched_off(rule: Rule, asked: frozenset[str] | None = None) -> Sequence[IPv4Network]:
    """Return the networks of a rule that has the form of those that disable policies; empty for other rules.

    Args:
        rule: the rule.
        asked: its form, if already known.
    """
    if type(rule.target) is not Accept or kind_of(rule.chain) not in _SWITCHED_OFF:
        return ()
    if not OVERLAY_ACCEPT.is_kind_of(rule, asked or form(rule) or frozenset()):
        return ()
    return [each.network for each in rule.conditions_of(Address) if isinstance(each.network, IPv4Network)]


def _switches_off(networks: Sequence[IPv4Network], names: Names, head: Collection[IPv4Network]) -> bool:
    """Whether the agent generates a rule for these networks after those of `head`: one per pair of overlay networks."""
    if not networks or any(each in head for each in networks):
        return bool(networks)
    first, *others = networks
    containers_are_there = not names.instances or any(IPv4Address(ip) in first for ip in names.instances)
    return others == [first] and containers_are_there


def _is_of_app(rule: Rule, names: Names) -> bool:
    """Whether the mark that the rule matches is known to belong to an app."""
    marks = [each.mark for each in rule.conditions_of(Mark)]
    return any(names.marks.get(mark, INGRESS_ROUTER) != INGRESS_ROUTER for mark in marks)


def _outdated(rule: Rule, names: Names) -> str:
    """Describe what has changed owners since the agent generated the rule, comparing its comment with current names."""
    source, destination = apps_of_comment("".join(each.text for each in rule.conditions_of(Comment)))
    addresses = (str(each.network.network_address) for each in rule.conditions_of(Address))
    at = names.instances.get("".join(addresses))
    changed = []
    if any(names.marks.get(mark, source) != source for mark in rule.marks):
        changed.append("its mark")
    if at and at.app not in ("", destination or source):
        changed.append("its address")
    if not changed:
        return ""
    verb = "belong" if len(changed) > 1 else "belongs"
    return f" It is outdated: {' and '.join(changed)} now {verb} to a different app."
