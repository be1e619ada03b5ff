"""Drift: how one chain of a cell differs from what it should be, rule by rule.

Each rule of either side is in at most one finding: a tag that moved is one, not a rule missing and another too many.
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
    """In what a cell differs from what it should hold."""

    MISSING = "missing"
    EXTRA = "extra"
    WRONG_ORDER = "wrong-order"
    WRONG_MARK = "wrong-mark"
    """A rule that is there but for its mark: the tag of its app has moved."""
    STALE_CHAIN = "stale-chain"
    """A policy chain that nothing leads to, or the chains of a container that is gone."""
    TWO_CHAINS = "two-chains"
    """Two policy chains at work: the agent is in the middle of a swap, or died there."""
    ENFORCEMENT_OFF = "enforcement-off"
    """All calls between apps are accepted, or all calls to an app, and should not be."""
    BYPASS = "bypass"
    """Some calls are accepted that no policy allows."""
    BLOCKED = "blocked"
    """Calls that policies allow are rejected or dropped before the policies are consulted."""
    UNREADABLE = "unreadable"
    """A rule that iptables could not print whole: it may be right or wrong."""


ABOUT_CALLS: Final = frozenset({DriftKind.ENFORCEMENT_OFF, DriftKind.BYPASS, DriftKind.BLOCKED})
"""The classes that say what a rule does, not only that its text differs."""


class Drift(NamedTuple):
    """A finding.

    Attributes:
        chain: the chain it is in.
        rule: the rule that is there, as `iptables -S` prints it without `-A` and the chain; empty where none is.
        position: where that stands in the chain, from 1; 0 where none does.
        wanted: the rule that should be there; empty where none should.
        wanted_position: where that should stand; 0 where none should.
        sure: whether the rule does for certain what is said of it; if not, cfnet cannot tell all that it asks.
        calls: the packets that are accepted, or not, against the policies; None where the finding is about none.
        kept: for a candidate chain of security groups that decides before the original: the one of the two that the
            agent keeps; empty where that is not so.
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
    """How the rules `found` in a chain differ from those `wanted`; texts without `-A` and the chain's name.

    Findings come in the order of the chain, those about missing rules where these should stand.
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
    """Whether it is the agent's rule that switches the enforcement of policies off, or one that accepts all."""
    return bool(_EVERYTHING.fullmatch(rule))


def _partners(wanted: Sequence[str], found: Sequence[str]) -> dict[int, int]:
    """Which place of `found` has the rule of each place of `wanted`; equal rules are paired in order."""
    places: dict[str, list[int]] = defaultdict(list)
    for place in reversed(range(len(found))):
        places[found[place]].append(place)
    return {place: places[rule].pop() for place, rule in enumerate(wanted) if places.get(rule)}


def _out_of_order(chain: str, wanted: Sequence[str], found: Sequence[str], partners: dict[int, int]) -> Iterator[Drift]:
    """The fewest rules that would have to be moved."""
    there = list(partners.values())
    stays = _longest_rise(there)
    for here, place in partners.items():
        if place not in stays:
            yield Drift(DriftKind.WRONG_ORDER, chain, found[place], place + 1, wanted[here], here + 1)


def _longest_rise(numbers: Sequence[int]) -> set[int]:
    """The numbers of a longest rising part of distinct `numbers` (patience sorting)."""
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
    """Rules that have no partner: alike but for the mark, missing, or too many."""
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
