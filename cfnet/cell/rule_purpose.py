"""What a rule is for: its part in the way of a packet between two apps, or out of the foundation."""

from typing import Final, NamedTuple

from cfnet.cell.iptables_condition import Comment, Condition, Rate
from cfnet.cell.iptables_header import Address, AddressRange, Interface
from cfnet.cell.iptables_match import Mark, States
from cfnet.cell.iptables_rule import Rule
from cfnet.cell.iptables_target import Accept, Drop, Goto, Jump, Log, Reject, SetMark


class _Purpose(NamedTuple):
    """What rules of some chains are for that have one of these targets, and a condition of this kind."""

    chains: tuple[str, str]
    """How the chain's name begins and ends."""
    targets: tuple[type, ...]
    condition: type[Condition] | None
    text: str


_VPA: Final = ("vpa--", "")
_OVERLAY: Final = ("overlay--", "")
_INPUT: Final = ("input--", "")
_LIMITED: Final = ("netout--", "--rl-log")
_LOGGED: Final = ("netout--", "--log")
_NETOUT: Final = ("netout--", "")
_GROUPS: Final = ("asg-", "")
_RECORD: Final = "It keeps a record of what the next rule rejects."
_OFF: Final = "The enforcement of policies is switched off: all apps may talk to all apps."
_NO_GROUP: Final = "What no security group allows is rejected."

_PURPOSES: Final = tuple(
    _Purpose(*each)
    for each in (
        (
            _VPA,
            (SetMark,),
            None,
            "The mark tells which app sent the packet: the rules that enforce policies ask for it.",
        ),
        (_VPA, (Log,), None, "It keeps a record of what the next rule accepts."),
        (
            _VPA,
            (Accept,),
            Comment,
            "It enforces a policy: without it the packet would come to a container's overlay chain, and be rejected.",
        ),
        (_VPA, (Accept,), Mark, "It lets the routers reach the app by the overlay network."),
        (_VPA, (Accept,), None, _OFF),
        (
            _OVERLAY,
            (Accept,),
            Interface,
            "On its way to another cell a packet needs a mark, so that it can be told there whose it is.",
        ),
        (
            _OVERLAY,
            (Accept,),
            States,
            "Answers need no policy of their own: a connection that was let in may go on.",
        ),
        (
            _OVERLAY,
            (Accept,),
            Mark,
            "What comes in through the cell's own ports, from routers and SSH proxies, needs no policy.",
        ),
        (_OVERLAY, (Log,), None, _RECORD),
        (_OVERLAY, (Reject,), None, "This makes default deny: what comes this far is allowed by no policy."),
        (_INPUT, (Accept,), States, "Answers to what the cell itself asked the container."),
        (_INPUT, (Accept,), None, "A service of the cell, such as DNS, that containers may call."),
        (_INPUT, (Reject,), None, "All else on the cell itself is closed to the container."),
        (_LIMITED, (Log,), None, "It keeps a record of connections beyond the limit."),
        (_LIMITED, (Reject,), None, "The connection is beyond the limit."),
        (_LOGGED, (Log,), None, "It keeps a record of what a security group allows."),
        (_LOGGED, (Accept,), None, "The record is kept, and the packet goes on its way."),
        (_NETOUT, (Jump,), None, "The security groups decide."),
        (_NETOUT, (Log,), None, _RECORD),
        (_NETOUT, (Reject,), None, _NO_GROUP),
        (_GROUPS, (Accept,), States, "Packets of connections that were let out may go on."),
        (_GROUPS, (Drop,), None, "A TCP packet of no connection is of no use to anybody."),
        (_GROUPS, (Jump, Reject), Rate, "The limit on how fast a container may open connections to one destination."),
        (_GROUPS, (Accept, Goto), AddressRange, "A rule of a security group."),
        (_GROUPS, (Accept,), None, _OFF),
        (
            _GROUPS,
            (Reject,),
            Address,
            "A network that the operator has closed to containers, whatever security groups say.",
        ),
        (_GROUPS, (Log,), None, _RECORD),
        (_GROUPS, (Reject,), None, _NO_GROUP),
    )
)
"""The first that fits counts."""

_JUMPS: Final = {
    "vpa--": "Whatever the cell forwards is held against the policies between apps first.",
    "overlay--": "What no policy has accepted comes here next.",
    "netout--": "What leaves by the cell's own network is held against the security groups.",
    "input--": "What a container sends to the cell itself is decided there.",
}


def purpose(rule: Rule) -> str:
    """What the rule is there for, in a sentence or two; empty for other people's rules."""
    for (beginning, ending), targets, condition, text in _PURPOSES:
        if (
            rule.chain.startswith(beginning)
            and rule.chain.endswith(ending)
            and isinstance(rule.target, targets)
            and (condition is None or any(isinstance(each, condition) for each in rule.conditions))
        ):
            return text
    if rule.chain in ("FORWARD", "INPUT") and isinstance(rule.target, Jump):
        jumped = rule.target.chain
        return next((text for beginning, text in _JUMPS.items() if jumped.startswith(beginning)), "")
    return ""
