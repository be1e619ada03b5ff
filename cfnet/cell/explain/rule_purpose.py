"""What a rule is for: its part in the path of a packet between two apps, or out of the foundation.

That follows from the chain, the target and all conditions together: a rule that asks more, less, or something else
than the agent's own rules do is foreign, and is told by its effect.
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
"""The chains of the policy agent, which get its rule that switches policies off."""


class Purpose(NamedTuple):
    """What a rule is for.

    Attributes:
        text: a sentence or two; for a foreign rule what it does to Cloud Foundry's, and empty where that is nothing.
        foreign: whether neither the policy agent nor the CNI wrapper makes such a rule.
    """

    text: str
    foreign: bool = False


def purpose(rule: Rule, names: Names = _NOBODY, head: Collection[IPv4Network] | None = ()) -> Purpose:
    """What the rule is there for.

    Args:
        rule: the rule.
        names: what is known by name: whose the marks and addresses are.
        head: the overlay networks of the rules before it in its chain, where all of these switch policies off; None
            where others are among them.
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
    """The rule of Cloud Foundry's that has this form, in this chain."""
    candidates = OWN_RULES.get(kind_of(rule.chain) or rule.chain, ())
    return next((each for each in candidates if each.is_kind_of(rule, asked)), None)


def networks_switched_off(rule: Rule, asked: frozenset[str] | None = None) -> Sequence[IPv4Network]:
    """The networks of a rule that has the form of those that switch policies off; none for any other rule.

    Args:
        rule: the rule.
        asked: its form, where it is known already.
    """
    if type(rule.target) is not Accept or kind_of(rule.chain) not in _SWITCHED_OFF:
        return ()
    if not OVERLAY_ACCEPT.is_kind_of(rule, asked or form(rule) or frozenset()):
        return ()
    return [each.network for each in rule.conditions_of(Address) if isinstance(each.network, IPv4Network)]


def _switches_off(networks: Sequence[IPv4Network], names: Names, head: Collection[IPv4Network]) -> bool:
    """Whether the agent makes a rule for these networks behind those of `head`: one for each pair of its overlays."""
    if not networks or any(each in head for each in networks):
        return bool(networks)
    first, *others = networks
    containers_are_there = not names.instances or any(IPv4Address(ip) in first for ip in names.instances)
    return others == [first] and containers_are_there


def _is_of_app(rule: Rule, names: Names) -> bool:
    """Whether the mark that the rule asks for is known to be an app's."""
    marks = [each.mark for each in rule.conditions_of(Mark)]
    return any(names.marks.get(mark, INGRESS_ROUTER) != INGRESS_ROUTER for mark in marks)


def _outdated(rule: Rule, names: Names) -> str:
    """What has changed hands since the agent made the rule, by its comment and the names of today."""
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
    return f" It is out of date: {' and '.join(changed)} now {verb} to another app than the one it was made for."
