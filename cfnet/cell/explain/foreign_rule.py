"""Describe the effect of a foreign rule in a Cloud Foundry chain: the calls that it allows or blocks.

The description claims no more than the conditions say: *every app* means that the rule matches no mark and no source.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final, TypeVar

from cfnet.cell.explain.chain_names import RuleChain, kind_of
from cfnet.cell.explain.phrases import both, numbers
from cfnet.cell.iptables.condition import Comment, Condition, Rate, Setting
from cfnet.cell.iptables.header import Address, AddressRange, IcmpType, Interface, Port, Transport
from cfnet.cell.iptables.match import ALL_BITS, Mark, States
from cfnet.cell.iptables.rule_form import is_always_met, is_never_met
from cfnet.cell.iptables.target import Accept, Drop, Goto, Jump, Reject, Return, SetMark, Target, UnknownTarget
from cfnet.cell.model.packet import ConntrackState

if TYPE_CHECKING:
    from collections.abc import Callable

    from cfnet.cell.iptables.rule import Rule

_Kind = TypeVar("_Kind", bound=Condition)

_BETWEEN_APPS: Final = frozenset({RuleChain.POLICIES, RuleChain.OVERLAY})
_OUT: Final = frozenset({RuleChain.NETOUT, RuleChain.SECURITY_GROUPS, RuleChain.LOG, RuleChain.RATE_LIMIT_LOG})
_OPENING: Final = frozenset({ConntrackState.NEW, ConntrackState.UNTRACKED, ConntrackState.INVALID})
_KNOWN: Final = frozenset({ConntrackState.ESTABLISHED, ConntrackState.RELATED})
_EVERY_APP: Final = "every app"
_ALL_CALLS: Final = "every app call every other app on every port"
_EVERYTHING: Final = {
    RuleChain.POLICIES: "Policies are not enforced.",
    RuleChain.OVERLAY: "There is no default deny.",
}
_DETAILS: Final[dict[type[Condition], str]] = {
    States: "connection state",
    Rate: "rate",
    IcmpType: "ICMP type",
    Interface: "interface",
}
_CHECKED: Final = {
    RuleChain.POLICIES: "the policies",
    RuleChain.OVERLAY: "the container's overlay chain, default deny",
    RuleChain.NETOUT: "the container's security groups",
    RuleChain.INPUT: "the rules about the cell itself",
}


def foreign_effect(rule: Rule) -> str:
    """Describe what a foreign rule does, in a sentence; empty if it has no effect or is in a foreign chain."""
    chain = kind_of(rule.chain)
    if chain is None:
        return _foreign_jump(rule)
    effect = _EFFECTS.get(type(rule.target))
    if chain is RuleChain.NETIN or not effect:
        return ""
    return "No packet can match it." if any(map(is_never_met, rule.conditions)) else effect(rule, chain)


def _foreign_jump(rule: Rule) -> str:
    """Describe the effect of a foreign jump to one of Cloud Foundry's chains."""
    if rule.chain not in ("FORWARD", "INPUT") or not isinstance(rule.target, Jump | Goto):
        return ""
    kind = kind_of(rule.target.chain)
    checked = _CHECKED.get(kind) if kind else None
    if not checked:
        return ""
    reach = "Only matching packets reach" if _is_selective(rule) else "Every packet reaches"
    skips = f"; packets not decided there skip the rest of {rule.chain}" if isinstance(rule.target, Goto) else ""
    return f"{reach} {checked} through this rule{skips}."


def _is_selective(rule: Rule) -> bool:
    """Whether some packets may not match the rule."""
    asked = (each for each in rule.conditions if not isinstance(each, Comment | Setting))
    return not all(map(is_always_met, asked)) or any(match.unknown for match in rule.matches)


def _later(chain: RuleChain) -> str:
    return "the policies in later rules" if chain is RuleChain.POLICIES else "the later rules of this chain"


def _refused(rule: Rule, chain: RuleChain) -> str:
    del rule
    return f"Matching packets are refused, whatever {_later(chain)} allow."


def _returned(rule: Rule, chain: RuleChain) -> str:
    del rule
    return f"Matching packets leave this chain and skip {_later(chain)}."


def _led_elsewhere(rule: Rule, chain: RuleChain) -> str:
    other = rule.target.chain if isinstance(rule.target, Jump | Goto) else ""
    return f"For matching packets, chain {other} decides before {_later(chain)}."


def _marked_anew(rule: Rule, chain: RuleChain) -> str:
    del chain
    known = isinstance(rule.target, SetMark) and rule.target.mask == ALL_BITS and rule.target.mark
    owner = f"the app with mark {known:#x}" if known else "another app, or by no app"
    return f"Matching packets count as sent by {owner}."


def _unknown(rule: Rule, chain: RuleChain) -> str:
    del rule, chain
    return "Its effect is unknown to cfnet."


def _accepted(rule: Rule, chain: RuleChain) -> str:
    """Describe the calls that a rule accepts."""
    if any(map(_opens_none, rule.conditions_of(States))):
        return "It does not allow new calls: it only accepts packets of open connections."
    if unknown := [words for match in rule.matches for words in match.unknown]:
        return f"It accepts matching packets {_without(chain)}; {both(map(_depends_on, unknown))}."
    who, only = _who(rule), _only_if(_details(rule))
    if chain not in _BETWEEN_APPS:
        only += f", if sent by {who}" if who != _EVERY_APP else ""
        who = "the container"
    told = f"{who} call {_whom(rule, chain)} {_how(rule)}"
    everything = f" {_EVERYTHING[chain]}" if told == _ALL_CALLS and not only else ""
    return f"It lets {told}, {_without(chain)}{only}.{everything}"


def _details(rule: Rule) -> list[str]:
    """List the conditions of the rule other than addresses, protocols and destination ports."""
    details = sorted(word for kind, word in _DETAILS.items() if _asked(rule, kind))
    return [*details, "source port"] if _ports(rule, "--sport") else details


def _only_if(details: list[str]) -> str:
    if not details:
        return ""
    return f", if the {both(details)} match{'' if len(details) > 1 else 'es'}"


def _asked(rule: Rule, kind: type[_Kind]) -> list[_Kind]:
    """Return the conditions of one kind that some packets do not meet."""
    return [each for each in rule.conditions_of(kind) if not is_always_met(each)]


def _ports(rule: Rule, flag: str) -> list[Port]:
    return [each for each in rule.conditions_of(Port) if each.flag == flag]


def _without(chain: RuleChain) -> str:
    if chain in _BETWEEN_APPS:
        return "without a policy"
    return "regardless of its security groups" if chain in _OUT else "on the cell itself"


def _opens_none(condition: States) -> bool:
    """Whether the condition excludes all packets that open a connection."""
    states = set(condition.states)
    return states >= _OPENING if condition.negated else states <= _KNOWN


def _depends_on(words: str) -> str:
    """Describe what a condition that cfnet cannot evaluate depends on."""
    match words.replace("! ", "").split():
        case ["-m", "set", "--match-set", name, *_]:
            verb = "does not contain" if "! --match-set" in words else "contains"
            return f"it matches packets that the set {name} {verb}"
        case ["-m", module, *_]:
            return f"matching depends on the module {module}, which cfnet cannot evaluate"
    return f"matching depends on `{words}`, which cfnet cannot evaluate"


def _who(rule: Rule) -> str:
    marks = [_marked(each) for each in _asked(rule, Mark)]
    sources = [_place(each) for each in rule.conditions if _is_end(each, "-s", "--src-range")]
    if not marks and not sources:
        return _EVERY_APP
    if not marks:
        return f"anything {both(sources)}"
    return both(marks) + (f", {both(sources)}," if sources else "")


def _marked(condition: Mark) -> str:
    if condition.mask != ALL_BITS:
        return f"apps whose mark {'does not match' if condition.negated else 'matches'} {condition.value}"
    if condition.mark == 0:
        return "apps with a mark" if condition.negated else "apps without a mark"
    return f"{'apps other than the one' if condition.negated else 'the app'} with mark {condition.value}"


def _whom(rule: Rule, chain: RuleChain) -> str:
    ends = [each for each in rule.conditions if _is_end(each, "-d", "--dst-range")]
    if not ends:
        return "every other app" if chain in _BETWEEN_APPS else "every address"
    hosts = [
        isinstance(each, Address) and not each.negated and each.network.prefixlen == each.network.max_prefixlen
        for each in ends
    ]
    what = "the container " if all(hosts) else "every container "
    return f"{what if chain in _BETWEEN_APPS else 'addresses '}{both(map(_place, ends))}"


def _is_end(condition: Condition, *flags: str) -> bool:
    return isinstance(condition, Address | AddressRange) and condition.flag in flags and not is_always_met(condition)


def _place(condition: Condition) -> str:
    """Return `at 10.255.77.4`, `in 10.255.0.0/16` or `outside 10.0.0.1 to 10.0.0.9`."""
    if isinstance(condition, AddressRange):
        alone = condition.first == condition.last
        place = str(condition.first) if alone else f"{condition.first} to {condition.last}"
    else:
        network = condition.network if isinstance(condition, Address) else IPv4Network(0)
        alone = network.prefixlen == network.max_prefixlen
        place = str(network.network_address) if alone else str(network)
    if condition.negated:
        return f"at any address but {place}" if alone else f"outside {place}"
    return f"{'at' if alone else 'in'} {place}"


def _how(rule: Rule) -> str:
    """Describe ports and protocol."""
    protocols, ports = _asked(rule, Transport), _ports(rule, "--dport")
    if not protocols:
        return "on every port"
    name = protocols[0].protocol.upper()
    if protocols[0].negated:
        return f"by every protocol but {name}"
    if not ports:
        return f"on every {name} port" if name in ("TCP", "UDP") else f"by {name}"
    found = numbers("port", ports[0].first, ports[0].last)
    return f"on every {name} port other than {found}" if ports[0].negated else f"on {name} {found}"


_EFFECTS: Final[dict[type[Target | None], Callable[[Rule, RuleChain], str]]] = {
    Accept: _accepted,
    Drop: _refused,
    Reject: _refused,
    Return: _returned,
    Jump: _led_elsewhere,
    Goto: _led_elsewhere,
    SetMark: _marked_anew,
    UnknownTarget: _unknown,
}
"""The descriptions by target; other targets have no effect."""
