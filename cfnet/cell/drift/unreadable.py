"""Rules of which iptables could not print a part: what stands there is unknown, so it is neither right nor wrong.

Where the kernel and iptables know different revisions of a module, it prints `[unsupported revision]` in the place of
the module's options.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from cfnet.cell.drift.chain_drift import Drift, DriftKind, chain_drift

if TYPE_CHECKING:
    from collections.abc import Sequence

UNSUPPORTED: Final = "[unsupported revision]"


def listed_drift(chain: str, wanted: Sequence[str], found: Sequence[str]) -> list[Drift]:
    """As `drift.chain_drift`; a rule of which a part could not be printed is a finding of its own.

    It is held against the rule that it may be, if there is one that is not there otherwise, which is then not missing.
    """
    seen, unreadable = without_unreadable(chain, wanted, found)
    if not unreadable:
        return chain_drift(chain, wanted, found)
    places = {drift.position for drift in unreadable}
    drifts = [drift for drift in chain_drift(chain, wanted, seen) if drift.position not in places]
    return sorted([*drifts, *unreadable], key=lambda drift: drift.position or drift.wanted_position)


def without_unreadable(chain: str, wanted: Sequence[str], found: Sequence[str]) -> tuple[list[str], list[Drift]]:
    """The rules found, with those that could not be printed replaced by what they may be; and a finding for each."""
    seen = list(found)
    drifts: list[Drift] = []
    if not any(UNSUPPORTED in rule for rule in found):
        return seen, drifts
    lacking = _lacking(wanted, found)
    known = set(wanted)
    for place, rule in enumerate(found):
        if UNSUPPORTED not in rule or rule in known:
            continue
        candidates = lacking.get(_address(rule), [])
        chosen = next((at for at, here in enumerate(candidates) if may_be(rule, wanted[here])), None)
        if chosen is None:
            drifts.append(Drift(DriftKind.UNREADABLE, chain, rule, place + 1))
            continue
        here = candidates.pop(chosen)
        seen[place] = wanted[here]
        drifts.append(Drift(DriftKind.UNREADABLE, chain, rule, place + 1, wanted[here], here + 1))
    return seen, drifts


def may_be(rule: str, wanted: str) -> bool:
    """Whether a rule of which parts could not be printed may be the one that is wanted, by the parts that were."""
    first, *parts, last = rule.split(UNSUPPORTED)
    if not (wanted.startswith(first) and wanted.endswith(last.rstrip()) and len(first) + len(last) <= len(wanted) + 1):
        return False
    at, end = len(first), len(wanted) - len(last)
    for part in parts:
        place = wanted.find(part, at, end)
        if place < 0:
            return False
        at = place + len(part)
    return True


def _lacking(wanted: Sequence[str], found: Sequence[str]) -> dict[str, list[int]]:
    """The places of the wanted rules that are not there word for word, by the address that they begin with."""
    there = Counter(found)
    lacking: dict[str, list[int]] = defaultdict(list)
    for place, rule in enumerate(wanted):
        if there[rule]:
            there[rule] -= 1
        else:
            lacking[_address(rule)].append(place)
    return lacking


def _address(rule: str) -> str:
    """The address that a rule begins with; empty where it begins with none."""
    words = rule.split(" ", 2)
    return words[1] if words[0] in ("-s", "-d") else ""
