"""The forms of the rules that the policy agent and the CNI wrapper generate, and the purpose of each.

Sources: silk-release (`vxlan-policy-agent/planner`, `netrules`, `cni-wrapper-plugin`) and the golden cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.explain.chain_names import RuleChain, kind_of
from cfnet.cell.explain.kernel_log import Event, read_prefix
from cfnet.cell.iptables.header import Interface
from cfnet.cell.iptables.match import ALL_BITS, Mark
from cfnet.cell.iptables.rule_form import HIGHEST_TAG
from cfnet.cell.iptables.target import Accept, Drop, Goto, Jump, Log, Masquerade, Reject, SetMark, Target, Translate

if TYPE_CHECKING:
    from collections.abc import Callable

    from cfnet.cell.iptables.rule import Rule


class GeneratedRule(NamedTuple):
    """A kind of rule that the policy agent or the CNI wrapper generates.

    Attributes:
        text: its purpose.
        target: its target.
        asks: the required words of its form.
        may_ask: the required and the optional words.
        fits: a further check.
    """

    text: str
    target: type[Target]
    asks: frozenset[str]
    may_ask: frozenset[str]
    fits: Callable[[Rule], bool]

    def is_kind_of(self, rule: Rule, asked: frozenset[str]) -> bool:
        """Whether the rule is of this kind; `asked` is its form."""
        return type(rule.target) is self.target and self.asks <= asked <= self.may_ask and self.fits(rule)


def _always(rule: Rule) -> bool:
    del rule
    return True


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split("|")) if text else frozenset()


def _own(
    text: str, target: type[Target], asks: str = "", may_ask: str = "", fits: Callable[[Rule], bool] = _always
) -> GeneratedRule:
    """Define a kind of rule; words are separated by `|`."""
    needed = _words(asks)
    return GeneratedRule(text, target, needed, needed | _words(may_ask), fits)


_REJECTIONS: Final = frozenset({"icmp-port-unreachable", "icmp6-port-unreachable"})
_VTEP: Final = "silk-vtep"
_REPLIES: Final = "states ESTABLISHED,RELATED"
_OPENING: Final = "states INVALID,NEW,UNTRACKED"
_LOGS_REJECTED: Final = "It logs what the next rule rejects."
_LOGS_ACCEPTED: Final = "It logs what the next rule accepts."
_NO_GROUP: Final = "It rejects what no security group allows."
OFF: Final = "Policies are not enforced: every app can call every other app on the overlay network."
POLICY: Final = (
    "It enforces a policy: without it, the packet would reach the container's overlay chain and be rejected."
)
MARKS: Final = "It sets the mark that identifies the app's packets in the rules that enforce policies."
ROUTERS: Final = "It lets the routers reach the app over the overlay network."


def _event(event: Event) -> Callable[[Rule], bool]:
    """Return a check for LOG rules with the prefix of this event and no options that the agent does not use."""

    def fits(rule: Rule) -> bool:
        if not isinstance(rule.target, Log) or rule.target.others:
            return False
        read = read_prefix(rule.target.prefix.strip())
        if not read or read.event is not event:
            return False
        marks = [each.mark for each in rule.conditions_of(Mark)]
        return read.tag is None or marks == [read.tag]

    return fits


def _leads_to(*kinds: RuleChain) -> Callable[[Rule], bool]:
    return lambda rule: isinstance(rule.target, Jump | Goto) and kind_of(rule.target.chain) in kinds


def _whole_mark(rule: Rule) -> bool:
    return isinstance(rule.target, SetMark) and rule.target.mask == ALL_BITS and rule.target.mark != 0


def _tag(rule: Rule) -> bool:
    return _whole_mark(rule) and isinstance(rule.target, SetMark) and rule.target.mark <= HIGHEST_TAG


def _ingress_mark(rule: Rule) -> bool:
    return _whole_mark(rule) and not _tag(rule)


def _is_by_vtep(rule: Rule) -> bool:
    return all(each.name == _VTEP for each in rule.conditions_of(Interface))


def _usual_rejection(rule: Rule) -> bool:
    return isinstance(rule.target, Reject) and rule.target.answer in _REJECTIONS


def _is_translated_to_port(rule: Rule) -> bool:
    return isinstance(rule.target, Translate) and ":" in rule.target.destination


_BY_PROTOCOL: Final = (
    ("", ""),
    ("|-p tcp", "--dport"),
    ("|-p udp", "--dport"),
    ("|-p icmp|--icmp-type", ""),
    ("|-p ipv6-icmp|--icmpv6-type", ""),
)
"""The required and optional words of security group rules, other than the destination."""

OVERLAY_ACCEPT: Final = _own(OFF, Accept, "-s net|-d net")
"""The first rules of a chain with `disable_container_network_policy`."""

_GROUP_RULES: Final = (
    _own("It accepts packets of open connections.", Accept, _REPLIES),
    _own("It drops TCP packets that do not belong to a connection.", Drop, "-p tcp|states INVALID"),
    *(
        _own(
            "It limits the rate of new connections from the container to one destination.",
            target,
            "-p tcp|states NEW|--hashlimit-above",
            fits=fits,
        )
        for target, fits in ((Jump, _leads_to(RuleChain.RATE_LIMIT_LOG)), (Reject, _usual_rejection))
    ),
    *(
        _own(
            "It blocks a network that the operator has denied to containers, regardless of security groups.",
            Reject,
            destination,
            fits=_usual_rejection,
        )
        for destination in ("-d host", "-d net")
    ),
)


def _group_rules(text: str) -> tuple[GeneratedRule, ...]:
    """Return the rules of security groups; those that log go to the log chain."""
    return tuple(
        _own(f"{text}{told}", target, f"--dst-range{asked}", may_ask, fits=fits)
        for target, told, fits in (
            (Accept, ".", _always),
            (Goto, " and logs what it accepts.", _leads_to(RuleChain.LOG)),
        )
        for asked, may_ask in _BY_PROTOCOL
    )


OWN_RULES: Final[dict[RuleChain | str, tuple[GeneratedRule, ...]]] = {
    RuleChain.POLICIES: (
        _own(MARKS, SetMark, "-s host|comment of source", fits=_tag),
        *(
            _own(POLICY, Accept, f"-d host|-p {protocol}|--dport|--mark tag|comment of policy")
            for protocol in ("tcp", "udp")
        ),
        _own(_LOGS_ACCEPTED, Log, f"-d host|-p tcp|--dport|--mark tag|{_OPENING}", fits=_event(Event.ALLOWED)),
        _own(_LOGS_ACCEPTED, Log, "-d host|-p udp|--dport|--mark tag|--limit", fits=_event(Event.ALLOWED)),
        _own(ROUTERS, Accept, "-d host|-p tcp|--dport|--mark tag"),
    ),
    RuleChain.OVERLAY: (
        _own(
            "Packets to other cells need a mark, which identifies the sending app there.",
            Accept,
            "-s host|-o|! --mark 0x0",
            fits=_is_by_vtep,
        ),
        _own("Replies need no policy: it accepts packets of open connections.", Accept, f"-d host|{_REPLIES}"),
        _own(
            "Traffic through the cell's own ports, from routers and SSH proxies, needs no policy.",
            Accept,
            "-d host|--mark ingress",
        ),
        _own(_LOGS_REJECTED, Log, "-d host|--limit", fits=_event(Event.REFUSED)),
        _own(
            "This is the default deny: no policy allows packets that get this far.",
            Reject,
            "-d host",
            fits=_usual_rejection,
        ),
    ),
    RuleChain.INPUT: (
        _own("It accepts the container's replies to the cell.", Accept, _REPLIES),
        *(
            _own(
                "It gives containers access to a service on the cell, such as DNS.",
                Accept,
                f"-d host|-p {protocol}|--dport",
            )
            for protocol in ("tcp", "udp")
        ),
        _own("It rejects all other traffic from the container to the cell.", Reject, fits=_usual_rejection),
    ),
    RuleChain.RATE_LIMIT_LOG: (
        _own("It logs connections over the rate limit.", Log, "--limit", fits=_event(Event.TOO_MANY)),
        _own("It rejects connections over the rate limit.", Reject, fits=_usual_rejection),
    ),
    RuleChain.LOG: (
        _own("It logs what a security group allows.", Log, f"! -p udp|{_OPENING}", fits=_event(Event.OUT_ALLOWED)),
        _own("It logs what a security group allows.", Log, "-p udp|--limit", fits=_event(Event.OUT_ALLOWED)),
        _own("It accepts what a security group allows, after it was logged.", Accept),
    ),
    RuleChain.NETOUT: (
        _own("The security groups decide.", Jump, fits=_leads_to(RuleChain.SECURITY_GROUPS)),
        *_group_rules("It implements a security group rule set at the container's start"),
        *_GROUP_RULES,
        _own(_LOGS_REJECTED, Log, "", "--limit", fits=_event(Event.OUT_REFUSED)),
        _own(_NO_GROUP, Reject, fits=_usual_rejection),
    ),
    RuleChain.SECURITY_GROUPS: (
        *_group_rules("It implements a security group rule"),
        *_GROUP_RULES,
        _own(_LOGS_REJECTED, Log, "", "--limit", fits=_event(Event.OUT_REFUSED)),
        _own(_NO_GROUP, Reject, fits=_usual_rejection),
    ),
    RuleChain.NETIN: (
        _own(
            "A port mapping: it forwards a port of the cell to a port of the container.",
            Translate,
            "-d host|-p tcp|--dport",
            fits=_is_translated_to_port,
        ),
        _own(
            "It marks traffic to a mapped port of the cell; the container's overlay chain accepts this mark.",
            SetMark,
            "-i|-d host|-p tcp|--dport",
            fits=_ingress_mark,
        ),
    ),
    "FORWARD": (
        _own(
            "Everything that the cell forwards is checked against the policies between apps first.",
            Jump,
            fits=_leads_to(RuleChain.POLICIES),
        ),
        _own("Packets that no policy has accepted go here next.", Jump, fits=_leads_to(RuleChain.OVERLAY)),
        _own(
            "Traffic that leaves through the cell's own network is checked against the security groups.",
            Jump,
            "-s host|-o",
            fits=_leads_to(RuleChain.NETOUT),
        ),
    ),
    "INPUT": (
        _own(
            "That chain decides on traffic from a container to the cell itself.",
            Jump,
            "-s host",
            fits=_leads_to(RuleChain.INPUT),
        ),
    ),
    "PREROUTING": (
        _own(
            "Traffic to the cell is checked against the container's port mappings.",
            Jump,
            fits=_leads_to(RuleChain.NETIN),
        ),
    ),
    "POSTROUTING": (
        _own(
            "Traffic that leaves the overlay network gets the cell's own address as its source.",
            Masquerade,
            "-s net|! -o",
            "! -d net|! -d host",
            fits=_is_by_vtep,
        ),
    ),
}
"""By kind of chain, or by the name of a built-in chain."""
