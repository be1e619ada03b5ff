"""What a rule is for: its part in the path of a packet between two apps, or out of the foundation.

That follows from the chain, the target and all conditions together: a rule that asks more, less, or something else
than the agent's own rules do is foreign, and is told by its effect.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.foreign_effect import foreign_effect
from cfnet.cell.iptables_condition import Comment
from cfnet.cell.iptables_header import Address
from cfnet.cell.iptables_match import Mark
from cfnet.cell.iptables_target import Accept, SetMark
from cfnet.cell.names import Names
from cfnet.cell.own_rules import MARKS, OFF, OVERLAY_ACCEPT, OWN_RULES, POLICY, ROUTERS
from cfnet.cell.rule_chains import RuleChain, kind_of
from cfnet.cell.rule_form import apps_of_comment, form
from cfnet.cell.tags import INGRESS_ROUTER

if TYPE_CHECKING:
    from cfnet.cell.iptables_rule import Rule

_NOBODY: Final = Names()
_IPV6: Final = "A rule about IPv6: what it is for is unknown to cfnet."
_ADDRESSES: Final = frozenset({"-s", "-d", "--src-range", "--dst-range"})
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


def purpose(rule: Rule, names: Names = _NOBODY, *, at_head: bool = True) -> Purpose:
    """What the rule is there for.

    Args:
        rule: the rule.
        names: what is known by name: whose the marks and addresses are.
        at_head: whether no rule stands before it in its chain, other than those that switch policies off.
    """
    asked = form(rule)
    chain = kind_of(rule.chain)
    if asked is None and chain and any(map(_is_ipv6, rule.unknown)):
        return Purpose(_IPV6)
    if asked is None:
        return Purpose(foreign_effect(rule), foreign=True)
    if at_head and _is_overlay_accept(rule, asked, chain) and _may_be_overlay(rule, names):
        return Purpose(OFF)
    own = next((each for each in OWN_RULES.get(chain or rule.chain, ()) if each.is_kind_of(rule, asked)), None)
    if not own or (own.text == ROUTERS and _is_of_app(rule, names)):
        return Purpose(foreign_effect(rule), foreign=True)
    return Purpose(own.text + (_outdated(rule, names) if own.text in (POLICY, MARKS) else ""))


def is_overlay_accept(rule: Rule) -> bool:
    """Whether the rule has the form of the one that switches policies off."""
    if type(rule.target) is not Accept:
        return False
    asked = form(rule)
    return asked is not None and _is_overlay_accept(rule, asked, kind_of(rule.chain))


def _is_overlay_accept(rule: Rule, asked: frozenset[str], chain: RuleChain | None) -> bool:
    return chain in _SWITCHED_OFF and OVERLAY_ACCEPT.is_kind_of(rule, asked)


def _may_be_overlay(rule: Rule, names: Names) -> bool:
    """Whether containers run in the rule's network, as far as that is known."""
    networks = [each.network for each in rule.conditions if isinstance(each, Address)]
    return not names.instances or any(IPv4Address(ip) in networks[0] for ip in names.instances)


def _is_ipv6(words: str) -> bool:
    """Whether a condition that cfnet does not know is about IPv6 addresses."""
    flag, _, value = words.removeprefix("! ").partition(" ")
    return flag in _ADDRESSES and ":" in value


def _is_of_app(rule: Rule, names: Names) -> bool:
    """Whether the mark that the rule asks for is known to be an app's."""
    marks = [each.mark for each in rule.conditions if isinstance(each, Mark)]
    return any(names.marks.get(mark, INGRESS_ROUTER) != INGRESS_ROUTER for mark in marks)


def _outdated(rule: Rule, names: Names) -> str:
    """What has changed hands since the agent made the rule, by its comment and the names of today."""
    comments = [each.text for each in rule.conditions if isinstance(each, Comment)]
    source, destination = apps_of_comment("".join(comments))
    marks = [each.mark for each in rule.conditions if isinstance(each, Mark)]
    marks += [rule.target.mark] if isinstance(rule.target, SetMark) else []
    addresses = [str(each.network.network_address) for each in rule.conditions if isinstance(each, Address)]
    at = names.instances.get("".join(addresses))
    app = destination or source
    changed = [
        *(["its mark"] if any(names.marks.get(mark, source) != source for mark in marks) else []),
        *(["its address"] if at and at.app and at.app != app else []),
    ]
    if not changed:
        return ""
    verb = "belong" if len(changed) > 1 else "belongs"
    return f" It is out of date: {' and '.join(changed)} now {verb} to another app than the one it was made for."
