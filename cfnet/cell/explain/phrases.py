"""Phrases for parts of rules: chains, log prefixes, connection states, rates and lists."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from cfnet.cell.explain.kernel_log import Event, read_prefix
from cfnet.cell.iptables.condition import Rate
from cfnet.cell.model.names import Names

_UNITS: Final = {"sec": "second", "min": "minute", "hour": "hour", "day": "day"}

_CHAINS: Final = (
    (re.compile(r"vpa--.*"), "the policies between apps"),
    (re.compile(r"overlay--(.*)"), "overlay traffic of {}"),
    (re.compile(r"netout--(.*)--rl-log"), "logging of connections from {} over the rate limit"),
    (re.compile(r"netout--(.*)--log"), "logging of allowed outbound traffic of {}"),
    (re.compile(r"netout--(.*)"), "outbound traffic of {}"),
    (re.compile(r"asg-(.*)"), "the security groups of {}"),
    (re.compile(r"casg-(.*)"), "the security groups of {} during a swap"),
    (re.compile(r"input--(.*)"), "traffic of {} to the cell itself"),
    (re.compile(r"netin--(.*)"), "the port mappings of {}"),
)
"""The chains of policy agent and CNI wrapper; the group is a prefix of a container's handle."""

_EVENTS: Final = {
    Event.ALLOWED: "accepted: a call to {app}",
    Event.REFUSED: "refused: a call to {container} that no policy allows",
    Event.TOO_MANY: "refused, unless it is a dry run: a connection from {container} over the rate limit",
    Event.OUT_REFUSED: "refused: an outbound call from {container}",
    Event.OUT_ALLOWED: "accepted: an outbound call from {container}",
}

_STATES: Final = {
    frozenset({"RELATED", "ESTABLISHED"}): "belongs to an open connection",
    frozenset({"INVALID", "NEW", "UNTRACKED"}): "does not belong to an open connection",
    frozenset({"NEW"}): "opens a connection",
    frozenset({"INVALID"}): "does not belong to a connection known to conntrack",
}


def chain_role(chain: str, names: Names) -> str:
    """Return the purpose of a chain, such as `the policies between apps`; empty for foreign chains."""
    for pattern, role in _CHAINS:
        if found := pattern.fullmatch(chain):
            return role.format(*map(names.container, found.groups()))
    return ""


def log_meaning(prefix: str, names: Names) -> str:
    """Return the meaning of kernel log lines with this prefix; empty for foreign prefixes."""
    read = read_prefix(prefix.strip())
    if not read:
        return ""
    return _EVENTS[read.event].format(app=names.app(read.app), container=names.container(read.handle))


def states(found: Sequence[str], *, negated: bool) -> str:
    """Describe a packet in one of these connection states, such as `opens a connection`."""
    words = None if negated else _STATES.get(frozenset(found))
    return words or f"is{' not' if negated else ''} in connection state {_either(found)}"


def rate(of: Rate) -> str:
    """`once a second`, `100 times a second`."""
    return f"{'once' if of.times == 1 else f'{of.times} times'} a {_UNITS[of.unit]}"


def numbers(what: str, first: int, last: int) -> str:
    """`port 80`, `ports 80 to 90`."""
    return f"{what} {first}" if first == last else f"{what}s {first} to {last}"


def _either(words: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return _joined(words, " or ")


def both(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return _joined(words, " and ")


def _joined(words: Iterable[str], conjunction: str) -> str:
    *others, last = words
    return f"{', '.join(others)}{conjunction}{last}" if others else last
