"""Rules with known text are not parsed until needed; the result is the same."""

import pytest

from cfnet.cell.drift.cell_drift import cell_drift, has_own_chains
from cfnet.cell.iptables.listing import parse, parse_lines, save
from cfnet.cell.iptables.rule_list import RuleList
from cfnet.cell.iptables.tokens import NotIptables
from cfnet.cell.planning.planned_cell import CellPlanner
from cfnet.foundation.snapshot.reader import open_snapshot
from tests.cell.injected_drift import CHAIN, INJECTED, Injected, planned
from tests.golden import GOLDEN_CELLS, GoldenCell

KNOWN = frozenset({"-s 10.0.0.1/32 -j ACCEPT", '-m comment --comment "a b" -j DROP'})


def known_lines(text: str) -> str:
    """The filter table of `text`, parsed with the known rules, and printed."""
    return save(parse_lines(enumerate(text.split("\n"), 1), KNOWN))


@pytest.mark.parametrize("golden", GOLDEN_CELLS, ids=str)
def test_golden_cells_are_the_same_with_known_rules(golden: GoldenCell) -> None:
    """Rule by rule, and as text."""
    state = open_snapshot(golden.snapshot)
    known = frozenset(CellPlanner(state).plan(state.read_cell(golden.cell)).texts)
    lazy = parse_lines(enumerate(golden.expected.split("\n"), 1), known).filter.chains
    read = parse(golden.expected).filter.chains
    assert {name: chain.texts for name, chain in lazy.items()} == {name: chain.texts for name, chain in read.items()}
    assert lazy == read
    assert {type(chain.rules) for chain in lazy.values()} <= {RuleList, tuple}


@pytest.mark.parametrize("golden", GOLDEN_CELLS, ids=str)
def test_planned_rules_are_those_that_would_be_printed(golden: GoldenCell) -> None:
    """Their values are what iptables' output gives, with the chains in the same order."""
    state = open_snapshot(golden.snapshot)
    planned = CellPlanner(state).plan(state.read_cell(golden.cell))
    values, printed = planned.ruleset(CHAIN), parse(planned.listing(CHAIN))
    assert values == printed
    assert [*values.filter.chains] == [*printed.filter.chains]
    assert values.filter.declared == printed.filter.declared
    assert (values.saved, values.finished) == (printed.saved, printed.finished)


@pytest.mark.parametrize("injected", INJECTED.values(), ids=INJECTED)
def test_drift_is_the_same_with_known_rules(injected: Injected) -> None:
    """Rules that differ are parsed, and so are rules that must be judged."""
    text = injected.change(planned().save(CHAIN))
    known = frozenset(planned().texts)
    found = [
        cell_drift(planned(), actual, whole_cell=has_own_chains(actual), security_groups=True)
        for actual in (parse(text), parse_lines(enumerate(text.split("\n"), 1), known))
    ]
    assert found[0] == found[1]


EDITS = {
    "appended, with counters": "[1:2] -A c -s 10.0.0.1/32 -j ACCEPT\n-A c -s 10.0.0.1/32 -j ACCEPT\n",
    "appended by its long name": "--append c -s 10.0.0.1/32 -j ACCEPT\n",
    "inserted": "-A c -s 10.0.0.1/32 -j ACCEPT\n-I c -j LOG\n-I c 2 -s 10.0.0.1/32 -j ACCEPT\n",
    "replaced": "-A c -s 10.0.0.1/32 -j ACCEPT\n-R c 1 -j DROP\n",
    "deleted": '-A c -s 10.0.0.1/32 -j ACCEPT\n-A c -m comment --comment "a b" -j DROP\n-D c -s 10.0.0.1 -j ACCEPT\n',
    "deleted by number": "-A c -s 10.0.0.1/32 -j ACCEPT\n-D c 1\n",
    "in a chain that is renamed": "-A c -s 10.0.0.1/32 -j ACCEPT\n-E c d\n-A d -s 10.0.0.1/32 -j ACCEPT\n",
    "in a chain that is flushed": "-A c -s 10.0.0.1/32 -j ACCEPT\n-F c\n",
    "written otherwise": "-A c  -s 10.0.0.1 -j ACCEPT\n",
}


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
def test_known_rules_can_be_edited(edits: str) -> None:
    text = f"*filter\n:c - [0:0]\n{edits}COMMIT\n"
    ruleset = parse(text)
    assert parse_lines(enumerate(text.split("\n"), 1), KNOWN) == ruleset
    assert known_lines(text).replace("[1:2] ", "") == save(ruleset).replace("[1:2] ", "")


def test_counters_must_be_numbers() -> None:
    """Even those of a known rule."""
    with pytest.raises(NotIptables, match="counters"):
        known_lines("[x:y] -A c -s 10.0.0.1/32 -j ACCEPT\n")
