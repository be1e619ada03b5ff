"""What a rule is for: its part in the way of a packet between two apps, or out of the foundation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cell.iptables_condition import Comment, Rate
from cfnet.cell.iptables_header import Address, AddressRange, Interface
from cfnet.cell.iptables_match import Mark, States
from cfnet.cell.iptables_target import Accept, Drop, Goto, Jump, Log, Reject, SetMark

if TYPE_CHECKING:
    from collections.abc import Callable

    from cfnet.cell.iptables_rule import Rule

_INGRESS: Final = 0xFFFF0000


def purpose(rule: Rule) -> str:
    """What the rule is there for, as a sentence or two; empty for other people's rules."""
    for beginning, ending, tell in _CHAINS:
        if rule.chain.startswith(beginning) and rule.chain.endswith(ending):
            return tell(rule)
    return _jump(rule) if rule.chain in ("FORWARD", "INPUT") else ""


def _jump(rule: Rule) -> str:
    if not isinstance(rule.target, Jump):
        return ""
    for beginning, why in _JUMPS.items():
        if rule.target.chain.startswith(beginning):
            return why
    return ""


_JUMPS: Final = {
    "vpa--": "Whatever the cell forwards is held against the policies between apps first.",
    "overlay--": "What no policy has accepted comes here next.",
    "netout--": "What leaves by the cell's own network is held against the security groups.",
    "input--": "What a container sends to the cell itself is decided there.",
}


def _policy_chain(rule: Rule) -> str:
    match rule.target:
        case SetMark():
            return (
                "The mark tells which app sent the packet. It travels in the VXLAN header, and on the destination's cell"
                " the rules that enforce policies ask for it."
            )
        case Log():
            return "It keeps a record of what the next rule accepts."
        case Accept() if any(isinstance(each, Comment) for each in rule.conditions):
            return "It enforces a policy: without it the packet would come to a container's overlay chain, which rejects it."
        case Accept() if _has(rule, Mark):
            return "It lets the routers reach the app by the overlay network."
        case Accept():
            return "The enforcement of policies is switched off: all apps may talk to all apps."
    return ""


def _overlay(rule: Rule) -> str:
    match rule.target:
        case Accept() if _has(rule, Interface):
            return "On its way to another cell a packet needs a mark, so that it can be told there whose it is."
        case Accept() if _has(rule, States):
            return "Answers need no policy of their own: a connection that was let in may go on."
        case Accept() if any(isinstance(each, Mark) and each.mark == _INGRESS for each in rule.conditions):
            return "What comes in through the cell's ports, from routers and SSH proxies, needs no policy."
        case Log():
            return "It keeps a record of what the next rule rejects."
        case Reject():
            return "This makes default deny: what no rule accepted so far is allowed by no policy."
    return ""


def _input(rule: Rule) -> str:
    match rule.target:
        case Accept() if _has(rule, States):
            return "Answers to what the cell itself asked the container."
        case Accept():
            return "A service of the cell, such as DNS, that containers may call."
        case Reject():
            return "All else on the cell itself is closed to the container."
    return ""


def _security_groups(rule: Rule) -> str:
    match rule.target:
        case Accept() if _has(rule, States):
            return "Packets of connections that were let out may go on."
        case Drop():
            return "TCP packets that belong to no connection are of no use to anybody."
        case _ if _has(rule, Rate):
            return "The limit on how fast a container may open connections to one destination."
        case Accept() if _has(rule, Address):
            return "The enforcement of policies is switched off: all apps may talk to all apps."
        case Accept() | Goto() if _has(rule, AddressRange):
            return "A rule of a security group."
        case Reject() if _has(rule, Address):
            return "A network that the operator has closed to containers, whatever security groups say."
        case Log():
            return "It keeps a record of what the next rule rejects."
        case Reject():
            return "What no security group allows is rejected."
    return ""


def _netout(rule: Rule) -> str:
    match rule.target:
        case Jump():
            return "The security groups decide."
        case Log():
            return "It keeps a record of what the next rule rejects."
        case Reject():
            return "What no security group allows is rejected."
    return ""


def _log_chain(rule: Rule) -> str:
    match rule.target:
        case Log():
            return "It keeps a record of what a security group allows."
        case Accept():
            return "The record is kept, and the packet goes on its way."
    return ""


def _rate_limit_log(rule: Rule) -> str:
    match rule.target:
        case Log():
            return "It keeps a record of connections beyond the limit."
        case Reject():
            return "The connection is beyond the limit."
    return ""


def _has(rule: Rule, kind: type[object]) -> bool:
    return any(isinstance(each, kind) for each in rule.conditions)


_CHAINS: Final[tuple[tuple[str, str, Callable[[Rule], str]], ...]] = (
    ("vpa--", "", _policy_chain),
    ("overlay--", "", _overlay),
    ("input--", "", _input),
    ("netout--", "--rl-log", _rate_limit_log),
    ("netout--", "--log", _log_chain),
    ("netout--", "", _netout),
    ("asg-", "", _security_groups),
)
