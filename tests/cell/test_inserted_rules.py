"""Compare `verify` with an oracle that sends single packets: both find the same rules."""

import random
from collections import Counter

import pytest

from cfnet.cell.drift.cell_drift import cell_drift
from cfnet.cell.drift.chain_drift import ABOUT_CALLS, Drift, DriftKind
from cfnet.cell.iptables.listing import parse
from tests.cell.inserted_rules import Changed, OracleResult, World, ask, inserted, removed, world

WORLDS, EACH = 8, 25
"""Foundations, and changes to each, per run; for longer runs see `many_inserted_rules`."""
OPENS = {DriftKind.BYPASS, DriftKind.ENFORCEMENT_OFF}


def found(of: World, changed: Changed) -> list[Drift]:
    """The findings of verify."""
    return cell_drift(of.here, parse(changed.text), whole_cell=True, security_groups=True, addresses_of=of.addresses_of)


def agree(drifts: list[Drift], result: OracleResult) -> bool:
    """Whether verify and the oracle agree."""
    kinds = {drift.kind for drift in drifts} & ABOUT_CALLS
    if result.opened:
        return bool(kinds & OPENS)
    return kinds == ({DriftKind.BLOCKED} if result.closed else set())


@pytest.mark.parametrize("seed", range(WORLDS))
def test_inserted_rules_are_found_exactly_where_they_change_a_verdict(seed: int) -> None:
    """Rules of any kind, anywhere in FORWARD, the policy chain, the overlay chains and foreign chains."""
    of = world(random.Random(seed))
    seen: Counter[bool] = Counter()
    for number in range(EACH):
        changed = inserted(random.Random(f"{seed}/{number}"), of)
        result = ask(of, changed)
        seen[result.any] += 1
        assert agree(found(of, changed), result), (number, changed.what, result)
    assert min(seen[True], seen[False]) > 0


@pytest.mark.parametrize("seed", range(WORLDS))
def test_removed_or_altered_rules_are_found_exactly_where_they_let_calls_through(seed: int) -> None:
    """If a call is only refused without the rule, the rule is reported as missing."""
    of = world(random.Random(seed))
    for number in range(EACH):
        changed = removed(random.Random(f"{seed}/{number}"), of)
        result = ask(of, changed)
        drifts = found(of, changed)
        kinds = {drift.kind for drift in drifts}
        assert bool(kinds & (OPENS | {DriftKind.WRONG_MARK})) >= bool(result.opened), (changed.what, result)
        assert drifts or not result.any, (changed.what, result)
        assert result.opened or not kinds & OPENS, (changed.what, drifts)
