"""The rules that the policy agent and the CNI wrapper make, by their forms, and what each is for.

Source: silk-release (`vxlan-policy-agent/planner`, `netrules`, `cni-wrapper-plugin`), and the golden cases.
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
    """A kind of rule that the policy agent or the CNI wrapper makes.

    Attributes:
        text: what it is for.
        target: its target.
        asks: the words of its form.
        may_ask: these, and further ones that not all rules of the kind have.
        fits: what else is to be looked at.
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
    """A kind of rule; words are joined by `|`."""
    needed = _words(asks)
    return GeneratedRule(text, target, needed, needed | _words(may_ask), fits)


_REJECTIONS: Final = frozenset({"icmp-port-unreachable", "icmp6-port-unreachable"})
_VTEP: Final = "silk-vtep"
_REPLIES: Final = "states ESTABLISHED,RELATED"
_OPENING: Final = "states INVALID,NEW,UNTRACKED"
_LOGS_REJECTED: Final = "It logs what the next rule rejects."
_LOGS_ACCEPTED: Final = "It logs what the next rule accepts."
_NO_GROUP: Final = "What no security group allows is rejected."
OFF: Final = "Policies are switched off: every app may call every app in the overlay network."
POLICY: Final = (
    "It enforces a policy: without it, the packet would reach the container's overlay chain and be rejected."
)
MARKS: Final = "It gives the app's packets the mark by which the rules that enforce policies know them."
ROUTERS: Final = "It lets the routers reach the app over the overlay network."


def _event(event: Event) -> Callable[[Rule], bool]:
    """Whether a LOG rule writes the prefix of this event, and nothing else that the agent does not write."""

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
"""What rules of security groups ask beside the destination, and what they may ask."""

OVERLAY_ACCEPT: Final = _own(OFF, Accept, "-s net|-d net")
"""At the head of a chain, with `disable_container_network_policy`."""

_GROUP_RULES: Final = (
    _own("Packets of connections that were accepted pass.", Accept, _REPLIES),
    _own("A TCP packet that belongs to no connection is of no use.", Drop, "-p tcp|states INVALID"),
    *(
        _own(
            "It limits how fast a container may open connections to one destination.",
            target,
            "-p tcp|states NEW|--hashlimit-above",
            fits=fits,
        )
        for target, fits in ((Jump, _leads_to(RuleChain.RATE_LIMIT_LOG)), (Reject, _usual_rejection))
    ),
    *(
        _own(
            "A network that the operator has closed to containers, whatever security groups allow.",
            Reject,
            destination,
            fits=_usual_rejection,
        )
        for destination in ("-d host", "-d net")
    ),
)


def _group_rules(text: str) -> tuple[GeneratedRule, ...]:
    """The rules that security groups become; those that log go to the log chain."""
    return tuple(
        _own(f"{text}{told}", target, f"--dst-range{asked}", may_ask, fits=fits)
        for target, told, fits in (
            (Accept, ".", _always),
            (Goto, "; what it accepts is logged.", _leads_to(RuleChain.LOG)),
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
            "To reach another cell a packet needs a mark: it tells that cell which app sent it.",
            Accept,
            "-s host|-o|! --mark 0x0",
            fits=_is_by_vtep,
        ),
        _own("Replies need no policy: packets of connections that were accepted pass.", Accept, f"-d host|{_REPLIES}"),
        _own(
            "What arrives through the cell's own ports, from routers and SSH proxies, needs no policy.",
            Accept,
            "-d host|--mark ingress",
        ),
        _own(_LOGS_REJECTED, Log, "-d host|--limit", fits=_event(Event.REFUSED)),
        _own("This is default deny: no policy allows what comes this far.", Reject, "-d host", fits=_usual_rejection),
    ),
    RuleChain.INPUT: (
        _own("Replies to what the cell itself asked the container.", Accept, _REPLIES),
        *(
            _own(
                "A service of the cell, such as DNS, that containers may call.",
                Accept,
                f"-d host|-p {protocol}|--dport",
            )
            for protocol in ("tcp", "udp")
        ),
        _own("Everything else on the cell is closed to the container.", Reject, fits=_usual_rejection),
    ),
    RuleChain.RATE_LIMIT_LOG: (
        _own("It logs connections beyond the limit.", Log, "--limit", fits=_event(Event.TOO_MANY)),
        _own("The connection is beyond the limit.", Reject, fits=_usual_rejection),
    ),
    RuleChain.LOG: (
        _own("It logs what a security group allows.", Log, f"! -p udp|{_OPENING}", fits=_event(Event.OUT_ALLOWED)),
        _own("It logs what a security group allows.", Log, "-p udp|--limit", fits=_event(Event.OUT_ALLOWED)),
        _own("What a security group allows is accepted, after it was logged.", Accept),
    ),
    RuleChain.NETOUT: (
        _own("The security groups decide.", Jump, fits=_leads_to(RuleChain.SECURITY_GROUPS)),
        *_group_rules("A static security group rule of the container, set when it started"),
        *_GROUP_RULES,
        _own(_LOGS_REJECTED, Log, "", "--limit", fits=_event(Event.OUT_REFUSED)),
        _own(_NO_GROUP, Reject, fits=_usual_rejection),
    ),
    RuleChain.SECURITY_GROUPS: (
        *_group_rules("A rule of a security group"),
        *_GROUP_RULES,
        _own(_LOGS_REJECTED, Log, "", "--limit", fits=_event(Event.OUT_REFUSED)),
        _own(_NO_GROUP, Reject, fits=_usual_rejection),
    ),
    RuleChain.NETIN: (
        _own(
            "A port mapping: the port of the cell leads to the port of the container.",
            Translate,
            "-d host|-p tcp|--dport",
            fits=_is_translated_to_port,
        ),
        _own(
            "It marks what arrives at a mapped port of the cell: the container's overlay chain accepts this mark.",
            SetMark,
            "-i|-d host|-p tcp|--dport",
            fits=_ingress_mark,
        ),
    ),
    "FORWARD": (
        _own(
            "Whatever the cell forwards is checked against the policies between apps first.",
            Jump,
            fits=_leads_to(RuleChain.POLICIES),
        ),
        _own("What no policy has accepted comes here next.", Jump, fits=_leads_to(RuleChain.OVERLAY)),
        _own(
            "What leaves through the cell's own network is checked against the security groups.",
            Jump,
            "-s host|-o",
            fits=_leads_to(RuleChain.NETOUT),
        ),
    ),
    "INPUT": (
        _own(
            "What a container sends to the cell itself is decided there.",
            Jump,
            "-s host",
            fits=_leads_to(RuleChain.INPUT),
        ),
    ),
    "PREROUTING": (
        _own(
            "What arrives at the cell is checked against the container's port mappings.",
            Jump,
            fits=_leads_to(RuleChain.NETIN),
        ),
    ),
    "POSTROUTING": (
        _own(
            "What leaves the overlay network gets the cell's own address as its source.",
            Masquerade,
            "-s net|! -o",
            "! -d net|! -d host",
            fits=_is_by_vtep,
        ),
    ),
}
"""By the kind of chain, or by the name of a built-in one."""
