"""Handle rules that iptables could not print completely: the missing part is unknown, neither right nor wrong.

If kernel and iptables have different revisions of a module, iptables prints `[unsupported revision]` instead of the
module's options.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from cfnet.cell.drift.chain_drift import Drift, DriftKind, chain_drift

if TYPE_CHECKING:
    from collections.abc import Sequence

UNSUPPORTED: Final = "[unsupported revision]"


def listed_drift(chain: str, wanted: Sequence[str], found: Sequence[str]) -> list[Drift]:
    """Compare a chain like `chain_drift`; an incomplete rule is a separate finding.

    It is matched with a missing rule that it may be, if any, which is then not reported as missing.
    """
    seen, unreadable = without_unreadable(chain, wanted, found)
    if not unreadable:
        return chain_drift(chain, wanted, found)
    places = {drift.position for drift in unreadable}
    drifts = [drift for drift in chain_drift(chain, wanted, seen) if drift.position not in places]
    return sorted([*drifts, *unreadable], key=lambda drift: drift.position or drift.wanted_position)


def without_unreadable(chain: str, wanted: Sequence[str], found: Sequence[str]) -> tuple[list[str], list[Drift]]:
    """Replace incomplete rules by the expected ones that they may be; return the rules and a finding for each."""
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
    """Whether an incomplete rule may be the `wanted` one, judging by its printed parts."""
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
    """Return the indices of wanted rules that are not found verbatim, by their first address."""
    there = Counter(found)
    lacking: dict[str, list[int]] = defaultdict(list)
    for place, rule in enumerate(wanted):
        if there[rule]:
            there[rule] -= 1
        else:
            lacking[_address(rule)].append(place)
    return lacking


def _address(rule: str) -> str:
    """Return the address that a rule starts with, or an empty string."""
    words = rule.split(" ", 2)
    return words[1] if words[0] in ("-s", "-d") else ""
