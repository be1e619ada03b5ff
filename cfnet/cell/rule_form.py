"""The form of a rule: what it asks of a packet, without the values that differ from one container to the next.

Rules of one form are for one thing. A condition that is negated, missing or added makes another form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.cell.iptables_condition import Comment, Condition, Setting
from cfnet.cell.iptables_header import Address, Interface, Transport
from cfnet.cell.iptables_match import ALL_BITS, Mark, States

if TYPE_CHECKING:
    from cfnet.cell.iptables_rule import Rule

_SOURCE: Final = "src:"
_DESTINATION: Final = "_dst:"
HIGHEST_TAG: Final = 0xFFFF
"""A tag has 16 bits on the wire; the mark of what comes in through the cell's ports is above all tags."""


def form(rule: Rule) -> frozenset[str] | None:
    """The form of a rule; None where something in it is unknown, or where one thing is asked twice.

    Its words are those of iptables, with `host` for a single address and `net` for others, `tag` for the mark of an
    app and `ingress` for a mark above all tags, and `of source`, `of policy` or `other` for what a comment says.
    Conditions that every packet meets (`-s 0.0.0.0/0`) are left out.
    """
    if any(match.unknown for match in rule.matches):
        return None
    words = [_word(each) for each in rule.conditions if not is_always_met(each) and not isinstance(each, Setting)]
    return frozenset(words) if len(words) == len(set(words)) else None


def is_always_met(condition: Condition) -> bool:
    """Whether every packet meets a condition, whatever else the rule asks; comments and ports do not count."""
    return not condition.negated and _covers_all(condition)


def is_never_met(condition: Condition) -> bool:
    """Whether no packet can meet a condition."""
    if isinstance(condition, Mark) and condition.mark & ~condition.mask:
        return not condition.negated
    return condition.negated and _covers_all(condition)


def apps_of_comment(text: str) -> tuple[str, str]:
    """The GUIDs of source and destination in a comment of the policy agent's (`src:…_dst:…`); empty without them."""
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


def _word(condition: Condition) -> str:
    return f"{'! ' if condition.negated else ''}{_plain(condition)}"


def _plain(condition: Condition) -> str:
    flag = condition.flag
    match condition:
        case Address(network=network):
            return f"{flag} {'host' if network.prefixlen == network.max_prefixlen else 'net'}"
        case Transport(protocol=protocol):
            return f"{flag} {protocol}"
        case Mark():
            return f"{flag} {_of_mark(condition)}"
        case States(states=states):
            return f"states {','.join(sorted(states))}"
        case Comment(text=text):
            return f"comment {_of_comment(text)}"
    return flag


def _of_mark(condition: Mark) -> str:
    if condition.mask != ALL_BITS:
        return "masked"
    if condition.mark == 0:
        return "0x0"
    return "tag" if condition.mark <= HIGHEST_TAG else "ingress"


def _of_comment(text: str) -> str:
    source, destination = apps_of_comment(text)
    if source and destination:
        return "of policy"
    return "of source" if source and _DESTINATION not in text else "other"
