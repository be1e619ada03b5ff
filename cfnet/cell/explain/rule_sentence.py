"""Describe a rule in a sentence: the packets that it matches and what it does with them.

*a TCP packet for 10.255.77.4 (appB, instance 0), port 8080, that carries mark 0x2 (it came from appA) is accepted.*
"""

from types import NoneType
from typing import Final, assert_never

from cfnet.cell.explain.phrases import both, chain_role, log_meaning, numbers, rate, states
from cfnet.cell.iptables.condition import Comment, Condition, Rate
from cfnet.cell.iptables.header import Address, AddressRange, IcmpType, Interface, Port, Transport
from cfnet.cell.iptables.match import ALL_BITS, Mark, States
from cfnet.cell.iptables.rule import Rule
from cfnet.cell.iptables.rule_form import apps_of_comment
from cfnet.cell.iptables.target import (
    Accept,
    Drop,
    Goto,
    Jump,
    Log,
    Masquerade,
    Reject,
    Return,
    SetMark,
    Target,
    Translate,
    UnknownTarget,
)
from cfnet.cell.model.names import Names

_NOBODY: Final = Names()
_ANY: Final = "a packet"
_ALL_ADDRESSES: Final = frozenset({"0.0.0.0-255.255.255.255", f"::-{':'.join(['ffff'] * 8)}"})
_INGRESS_MARK: Final = "0xffff0000"
"""The default of the CNI wrapper's `ingress_tag`."""

_INTERFACES: Final = {"silk-vtep": "the network between cells"}

_ENDS: Final = {"-s": "from", "--src-range": "from", "-d": "for", "--dst-range": "for"}
_ARTICLES: Final = {
    "tcp": "a TCP packet",
    "udp": "a UDP packet",
    "icmp": "an ICMP packet",
    "ipv6-icmp": "an ICMPv6 packet",
    "all": "a packet",
}
_PLAIN_VERBS: Final[dict[type[Target | None], str]] = {
    Accept: "is accepted",
    Drop: "is silently dropped",
    Return: "returns to the calling chain",
    NoneType: "is counted",
}
_COUNTED: Final = {
    "srcip": "source address",
    "srcport": "source port",
    "dstip": "destination address",
    "dstport": "destination port",
}


def explain_rule(rule: Rule, names: Names = _NOBODY) -> str:
    """Describe the rule in a sentence that newcomers understand.

    Parts that cfnet does not know are quoted in backticks and marked as unknown. Names and comments are not escaped;
    callers must make the sentence safe to print.
    """
    return _Sentence(rule, names).text()


def _transport(condition: Transport) -> str:
    if condition.negated:
        return f"a packet of any protocol but {condition.protocol.upper()}"
    return _ARTICLES.get(condition.protocol, f"a packet of protocol {condition.protocol}")


def _but(condition: Condition) -> str:
    return "any but " if condition.negated else ""


def _port(condition: Port) -> str:
    source = "from " if condition.flag == "--sport" else ""
    return f"{source}{_but(condition)}{numbers('port', condition.first, condition.last)}"


def _icmp_type(kind: int, code: int | None) -> str:
    return f"type {kind}" if code is None else f"type {kind} code {code}"


def _interface(condition: Interface) -> str:
    incoming = condition.flag == "-i"
    verbs = ("arrives on", "does not arrive on") if incoming else ("leaves through", "does not leave through")
    return f"{verbs[condition.negated]} {condition.name}{_bracketed(_INTERFACES.get(condition.name, ''))}"


class _Sentence:
    """Builds the sentence, condition by condition."""

    def __init__(self, rule: Rule, names: Names) -> None:
        self._rule = rule
        self._names = names
        self._settings = {each.flag: each.value for each in rule.conditions}
        self._noun = _ANY
        self._ends: list[str] = []
        self._details: list[str] = []
        self._clauses: list[str] = []
        self._times = ""
        self._remarks: list[str] = []
        self._made_for = ""

    def text(self) -> str:
        for comment in self._rule.conditions:
            if isinstance(comment, Comment):
                self._comment(comment)
        for condition in self._rule.conditions:
            self._take(condition)
        for match in self._rule.matches:
            self._clauses += [f"matches `{words}` (unknown to cfnet)" for words in match.unknown]
        if (self._noun, self._ends, self._details, self._clauses) == (_ANY, [], [], []):
            self._noun = "any packet that gets this far"
        subject = " ".join((self._noun, *self._ends))
        details = f", {', '.join(self._details)}," if self._details else ""
        clauses = f" that {both(self._clauses)}" if self._clauses else ""
        remarks = "".join(f' (comment: "{remark}")' for remark in self._remarks)
        return f"{subject}{details}{clauses} {self._verb()}{self._times}{remarks}."

    def _take(self, condition: Condition) -> None:
        match condition:
            case Transport():
                self._noun = _transport(condition)
            case Address(flag=flag) | AddressRange(flag=flag):
                self._ends.append(f"{_ENDS[flag]} {_but(condition)}{self._where(condition)}")
            case Port():
                self._details.append(_port(condition))
            case IcmpType(kind=kind, code=code) if kind is not None:
                self._details.append(f"{_but(condition)}{_icmp_type(kind, code)}")
            case Interface():
                self._clauses.append(_interface(condition))
            case Mark():
                self._clauses.append(self._mark(condition))
            case States(states=found):
                self._clauses.append(states(found, negated=condition.negated))
            case Rate():
                self._rate(condition)
        # Comments come at the end, settings with the condition they belong to, unknown words with their module.

    def _comment(self, comment: Comment) -> None:
        source, _ = apps_of_comment(comment.text)
        if source:
            self._made_for = source
        elif comment.text:
            self._remarks.append(comment.text)

    def _where(self, condition: Address | AddressRange) -> str:
        if isinstance(condition, AddressRange):
            alone = condition.first == condition.last
            addresses = str(condition.first) if alone else f"{condition.first} to {condition.last}"
            return "any address" if condition.value in _ALL_ADDRESSES else addresses
        network = condition.network
        if network.prefixlen < network.max_prefixlen:
            return str(network)
        at = self._names.at(str(network.network_address))
        return f"{network.network_address} ({at})" if at else str(network.network_address)

    def _mark(self, condition: Mark) -> str:
        if condition.mask == ALL_BITS and condition.mark == 0:
            return "carries a mark" if condition.negated else "carries no mark"
        carries = "does not carry" if condition.negated else "carries"
        told = self._origin(condition)
        if told and condition.negated:
            told = f"that mark means {told}"
        return f"{carries} mark {condition.value}{_bracketed(told)}"

    def _origin(self, condition: Mark) -> str:
        """Describe where packets with the mark came from; empty if unknown."""
        whose = self._whose(condition.mark) if condition.mask == ALL_BITS else ""
        if not whose and condition.value == _INGRESS_MARK:
            return "it came in through a port of the cell"
        return f"it came from {whose}" if whose else ""

    def _whose(self, mark: int) -> str:
        """Return the app whose packets carry the mark, taken from the rule's comment if the mark is unknown."""
        owner = self._names.marks.get(mark, self._made_for)
        if not owner:
            return ""
        moved = (
            f"; the rule was made for {self._names.app(self._made_for)}" if self._made_for not in ("", owner) else ""
        )
        return f"{self._names.app(owner)}{moved}"

    def _rate(self, condition: Rate) -> None:
        if condition.flag == "--limit":
            self._times = f", {'more than' if condition.negated else 'at most'} {rate(condition)}"
            return
        faster = (condition.flag == "--hashlimit-above") != condition.negated
        modes = self._settings.get("--hashlimit-mode", "")
        burst = self._settings.get("--hashlimit-burst", "")
        details = [f"counted for each {both(_COUNTED.get(mode, mode) for mode in modes.split(','))}"] if modes else []
        details += [f"after the first {burst}"] if burst else []
        often = f"comes {'more than' if faster else 'at most'} {rate(condition)}"
        self._clauses.append(often + _bracketed(", ".join(details)))

    def _verb(self) -> str:  # noqa: PLR0911 - a line for each target
        target = self._rule.target
        match target:
            case Reject(answer=answer):
                return f"is rejected ({answer})"
            case SetMark():
                return self._marking(target)
            case Log(prefix=prefix):
                return self._logging(prefix)
            case Jump(chain=chain):
                return f"goes through chain {chain}{_bracketed(chain_role(chain, self._names))}"
            case Goto(chain=chain):
                return f"goes to chain {chain}{_bracketed(chain_role(chain, self._names))} and does not return here"
            case Translate(destination=destination):
                return f"is forwarded to {self._translated(destination)}"
            case Masquerade():
                return "gets the address of the outgoing interface as its source"
            case UnknownTarget(words=words):
                return f"is passed to `{words}` (unknown to cfnet)"
            case Accept() | Drop() | Return() | None:
                return _PLAIN_VERBS[type(target)]
        assert_never(target)

    def _logging(self, prefix: str) -> str:
        shown = f' as "{prefix.strip()}"' if prefix else ""
        return f"is written to the kernel log{shown}{_bracketed(log_meaning(prefix, self._names))}"

    def _translated(self, destination: str) -> str:
        address, colon, port = destination.partition(":")
        at = self._names.at(address)
        return f"{address}{_bracketed(at)}{f', port {port}' if colon else ''}"

    def _marking(self, target: SetMark) -> str:
        if target.mask != ALL_BITS:
            return f"gets {target.mark:#x} in bits {target.mask:#x} of its mark"
        whose = self._whose(target.mark)
        return f"gets mark {target.mark:#x}{_bracketed(whose and f'the mark of {whose}')}"


def _bracketed(text: str) -> str:
    return f" ({text})" if text else ""
