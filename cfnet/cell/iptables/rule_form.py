"""The form of a rule: its conditions without the values that differ between containers.

Rules with the same form have the same purpose. A negated, missing or additional condition gives a different form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cell.iptables.condition import Comment, Condition, Rate, Setting, Unknown
from cfnet.cell.iptables.header import Address, AddressRange, IcmpType, Interface, Port, Transport
from cfnet.cell.iptables.match import ALL_BITS, KINDS, Mark, States

if TYPE_CHECKING:
    from collections.abc import Callable

    from cfnet.cell.iptables.rule import Rule

_SOURCE: Final = "src:"
_DESTINATION: Final = "_dst:"
_ALWAYS: Final = frozenset({"-s any", "-d any", "-p all", "-i +", "-o +", "--mark any"})
_UNKNOWN: Final = "?"
HIGHEST_TAG: Final = 0xFFFF
"""Tags have 16 bits on the wire; the mark of packets through the cell's own ports is above all tags."""


def form(rule: Rule) -> frozenset[str] | None:
    """Return the form of a rule; None if it contains something unknown or a repeated condition.

    The words are those of iptables, with `host` for a single address and `net` for others, `tag` for the mark of an
    app and `ingress` for a mark above all tags, and `of source`, `of policy` or `other` for the content of a comment.
    Conditions that all packets meet (`-s 0.0.0.0/0`) are omitted.
    """
    words: list[str] = []
    for match in rule.matches:
        if match.module not in KINDS:
            return None
        for condition in match.conditions:
            word = _WORDS[type(condition)](condition)
            if word == _UNKNOWN:
                return None
            if word and not (not condition.negated and word in _ALWAYS):
                words.append(f"! {word}" if condition.negated else word)
    asked = frozenset(words)
    return asked if len(words) == len(asked) else None


def is_always_met(condition: Condition) -> bool:
    """Whether all packets meet a condition by itself; comments and ports do not count."""
    return not condition.negated and _covers_all(condition)


def is_never_met(condition: Condition) -> bool:
    """Whether no packet can meet a condition."""
    if isinstance(condition, Mark) and condition.mark & ~condition.mask:
        return not condition.negated
    return condition.negated and _covers_all(condition)


def apps_of_comment(text: str) -> tuple[str, str]:
    """Return the source and destination GUIDs in a comment of the policy agent (`src:…_dst:…`); empty if missing."""
    if not text.startswith(_SOURCE) or len(text.split()) != 1:
        return "", ""
    source, _, destination = text.removeprefix(_SOURCE).partition(_DESTINATION)
    return source, destination


def _covers_all(condition: Condition) -> bool:
    match condition:
        case Address(network=network):
            return network.prefixlen == 0
        case Transport(protocol=protocol):
            return protocol == "all"
        case Interface(name=name):
            return name == "+"
        case Mark(mark=mark, mask=mask):
            return mark == mask == 0
    return False


def _of_address(condition: Condition) -> str:
    if not isinstance(condition, Address) or condition.network.prefixlen == 0:
        return f"{condition.flag} any"
    alone = condition.network.prefixlen == condition.network.max_prefixlen
    return f"{condition.flag} {'host' if alone else 'net'}"


def _of_transport(condition: Condition) -> str:
    return f"-p {condition.value}"


def _of_interface(condition: Condition) -> str:
    return f"{condition.flag}{' +' if condition.value == '+' else ''}"


def _of_states(condition: Condition) -> str:
    return f"states {','.join(sorted(condition.states))}" if isinstance(condition, States) else ""


def _flag(condition: Condition) -> str:
    return condition.flag


def _nothing(condition: Condition) -> str:
    del condition
    return ""


def _unknown(condition: Condition) -> str:
    del condition
    return _UNKNOWN


def _of_mark(condition: Condition) -> str:
    if not isinstance(condition, Mark) or condition.mask != ALL_BITS:
        return "--mark any" if is_always_met(condition) else "--mark masked"
    if condition.mark == 0:
        return "--mark 0x0"
    return "--mark tag" if condition.mark <= HIGHEST_TAG else "--mark ingress"


def _of_comment(condition: Condition) -> str:
    text = condition.text if isinstance(condition, Comment) else ""
    source, destination = apps_of_comment(text)
    if source and destination:
        return "comment of policy"
    return "comment of source" if source and _DESTINATION not in text else "comment other"


_WORDS: Final[dict[type[Condition], Callable[[Condition], str]]] = {
    Address: _of_address,
    AddressRange: _flag,
    Transport: _of_transport,
    Interface: _of_interface,
    Port: _flag,
    IcmpType: _flag,
    Mark: _of_mark,
    States: _of_states,
    Rate: _flag,
    Comment: _of_comment,
    Setting: _nothing,
    Unknown: _unknown,
}
"""Functions that return the word of a condition, without `!`, by its class."""
