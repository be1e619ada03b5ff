"""Compare the rules of a chain with the expected ones.

Each actual or expected rule is in at most one finding: a changed mark is one finding, not a missing and an extra rule.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.explain.kernel_log import TAG

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.cell.packet.packet_set import Box


class DriftKind(StrEnum):
    """How a cell differs from the expected rules."""

    MISSING = "missing"
    EXTRA = "extra"
    WRONG_ORDER = "wrong-order"
    WRONG_MARK = "wrong-mark"
    """A rule that only differs in its mark: the tag of its app has changed."""
    STALE_CHAIN = "stale-chain"
    """A policy chain that nothing jumps to, or a chain of a container that no longer exists."""
    TWO_CHAINS = "two-chains"
    """Two policy chains are in use: the agent is swapping them, or was interrupted."""
    ENFORCEMENT_OFF = "enforcement-off"
    """All calls between apps, or all calls to an app, are accepted although they should not be."""
    BYPASS = "bypass"
    """Some calls are accepted although no policy allows them."""
    BLOCKED = "blocked"
    """Calls that policies allow are rejected or dropped before the policies are evaluated."""
    UNREADABLE = "unreadable"
    """A rule that iptables could not print completely: it may be right or wrong."""


ABOUT_CALLS: Final = frozenset({DriftKind.ENFORCEMENT_OFF, DriftKind.BYPASS, DriftKind.BLOCKED})
"""The kinds that describe the effect of a rule, not just a difference in its text."""


class Drift(NamedTuple):
    """A finding.

    Attributes:
        kind: the kind of difference.
        chain: the chain.
        rule: the actual rule, as `iptables -S` prints it without `-A` and the chain; empty if there is none.
        position: its position in the chain, starting at 1; 0 if there is none.
        wanted: the expected rule; empty if there should be none.
        wanted_position: its expected position; 0 if there should be none.
        sure: whether the effect is certain; if not, cfnet cannot evaluate all conditions of the rule.
        calls: the packets that are accepted or refused contrary to the policies; None if not applicable.
        kept: for a candidate chain of security groups that comes before the original: the one that the agent keeps;
            otherwise empty.
    """

    kind: DriftKind
    chain: str
    rule: str = ""
    position: int = 0
    wanted: str = ""
    wanted_position: int = 0
    sure: bool = True
    calls: Box | None = None
    kept: str = ""


_MARK = re.compile(r"(--mark|--set-xmark) 0x[0-9a-f]+")
_TAG = re.compile(rf'(--log-prefix "?OK_){TAG}_')
_EVERYTHING = re.compile(r"(?:-s (\S+) -d \1 )?-j ACCEPT")


def chain_drift(chain: str, wanted: Sequence[str], found: Sequence[str]) -> list[Drift]:
    """Return how the rules `found` in a chain differ from those `wanted`; texts lack `-A` and the chain's name.

    Findings are in the order of the chain, with missing rules at their expected positions.
    """
    if list(wanted) == list(found):
        return []
    partners = _partners(wanted, found)
    drifts = list(_out_of_order(chain, wanted, found, partners))
    lacking = [place for place in range(len(wanted)) if place not in partners]
    taken = set(partners.values())
    beyond = [place for place in range(len(found)) if place not in taken]
    drifts += _unlike(chain, wanted, found, lacking, beyond)
    return sorted(drifts, key=lambda drift: (drift.position or drift.wanted_position, drift.wanted_position))


def accepts_everything(rule: str) -> bool:
    """Whether the rule is the agent's rule that disables policies, or accepts everything."""
    return bool(_EVERYTHING.fullmatch(rule))


def _partners(wanted: Sequence[str], found: Sequence[str]) -> dict[int, int]:
    """Map indices of `wanted` to indices of equal rules in `found`; duplicates are paired in order."""
    places: dict[str, list[int]] = defaultdict(list)
    for place in reversed(range(len(found))):
        places[found[place]].append(place)
    return {place: places[rule].pop() for place, rule in enumerate(wanted) if places.get(rule)}


def _out_of_order(chain: str, wanted: Sequence[str], found: Sequence[str], partners: dict[int, int]) -> Iterator[Drift]:
    """Report the smallest set of rules that would have to be moved."""
    there = list(partners.values())
    stays = _longest_rise(there)
    for here, place in partners.items():
        if place not in stays:
            yield Drift(DriftKind.WRONG_ORDER, chain, found[place], place + 1, wanted[here], here + 1)


def _longest_rise(numbers: Sequence[int]) -> set[int]:
    """Return the numbers of a longest increasing subsequence of distinct `numbers` (patience sorting)."""
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        pile = bisect_left(ends, number)
        before[number] = ends[pile - 1] if pile else None
        ends[pile : pile + 1] = [number]
    kept: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return kept


def _unlike(
    chain: str, wanted: Sequence[str], found: Sequence[str], lacking: Sequence[int], beyond: Sequence[int]
) -> Iterator[Drift]:
    """Report rules without an equal counterpart: different mark, missing, or extra."""
    unmarked: dict[str, list[int]] = defaultdict(list)
    for place in reversed(beyond):
        unmarked[_without_mark(found[place])].append(place)
    moved: set[int] = set()
    for here in lacking:
        alike = unmarked.get(_without_mark(wanted[here]))
        if alike:
            place = alike.pop()
            moved.add(place)
            yield Drift(DriftKind.WRONG_MARK, chain, found[place], place + 1, wanted[here], here + 1)
        else:
            yield Drift(DriftKind.MISSING, chain, wanted=wanted[here], wanted_position=here + 1)
    for place in beyond:
        if place not in moved:
            off = accepts_everything(found[place]) and chain.startswith("vpa--")
            yield Drift(DriftKind.ENFORCEMENT_OFF if off else DriftKind.EXTRA, chain, found[place], place + 1)


def _without_mark(rule: str) -> str:
    return _TAG.sub(r"\1?_", _MARK.sub(r"\1 ?", rule))
