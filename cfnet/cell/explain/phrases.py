"""Words for what stands in the rules of a cell: chains, log prefixes, connection states, rates, lists."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from cfnet.cell.explain.kernel_log import Event, read_prefix
from cfnet.cell.iptables.condition import Rate
from cfnet.cell.model.names import Names

_UNITS: Final = {"sec": "second", "min": "minute", "hour": "hour", "day": "day"}

_CHAINS: Final = (
    (re.compile(r"vpa--.*"), "the policies between apps"),
    (re.compile(r"overlay--(.*)"), "what {} may send and get over the overlay network"),
    (re.compile(r"netout--(.*)--rl-log"), "the log of what {} calls above the limit on connections"),
    (re.compile(r"netout--(.*)--log"), "the log of what {} may call outside of the overlay network"),
    (re.compile(r"netout--(.*)"), "what {} may call outside of the overlay network"),
    (re.compile(r"asg-(.*)"), "the security groups of {}"),
    (re.compile(r"casg-(.*)"), "the security groups of {}, in the middle of a swap"),
    (re.compile(r"input--(.*)"), "what {} may call on the cell itself"),
    (re.compile(r"netin--(.*)"), "the port mappings of {}"),
)
"""The chains of policy agent and CNI wrapper; what is in brackets begins like a container's handle."""

_EVENTS: Final = {
    Event.ALLOWED: "accepted: a call to {app}",
    Event.REFUSED: "refused: a call to {container} that no policy allows",
    Event.TOO_MANY: "refused: a call of {container} above the limit on connections",
    Event.OUT_REFUSED: "refused: a call of {container} out of the overlay network",
    Event.OUT_ALLOWED: "accepted: a call of {container} out of the overlay network",
}

_STATES: Final = {
    frozenset({"RELATED", "ESTABLISHED"}): "belongs to a connection that is already open",
    frozenset({"INVALID", "NEW", "UNTRACKED"}): "belongs to no open connection",
    frozenset({"NEW"}): "opens a connection",
    frozenset({"INVALID"}): "fits no connection that conntrack knows",
}


def chain_role(chain: str, names: Names) -> str:
    """What a chain is for: `the policies between apps`; empty for other people's chains."""
    for pattern, role in _CHAINS:
        if found := pattern.fullmatch(chain):
            return role.format(*map(names.container, found.groups()))
    return ""


def log_meaning(prefix: str, names: Names) -> str:
    """What a line of the kernel log with this prefix tells; empty for other people's prefixes."""
    read = read_prefix(prefix.strip())
    if not read:
        return ""
    return _EVENTS[read.event].format(app=names.app(read.app), container=names.container(read.handle))


def states(found: Sequence[str], *, negated: bool) -> str:
    """What a packet in one of these connection states does: `opens a connection`."""
    words = None if negated else _STATES.get(frozenset(found))
    return words or f"is{' not' if negated else ''} in the connection state {_either(found)}"


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
