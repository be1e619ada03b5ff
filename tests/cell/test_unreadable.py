"""Rules that iptables could print only in part."""

import pytest

from cfnet.cell.drift.chain_drift import Drift, DriftKind
from cfnet.cell.drift.unreadable import listed_drift, may_be

RULES = [
    "-s 10.0.0.1/32 -m comment --comment src:a -j MARK --set-xmark 0x1/0xffffffff",
    "-d 10.0.0.1/32 -p tcp -m tcp --dport 80 -m mark --mark 0x1 -j ACCEPT",
    "-d 10.0.0.1/32 -p tcp -m tcp --dport 90 -m mark --mark 0x1 -j ACCEPT",
    "-j REJECT --reject-with icmp-port-unreachable",
]
CUT = "-d 10.0.0.1/32 -p tcp -m tcp [unsupported revision] -m mark --mark 0x1 -j ACCEPT"

MAY_BE = {
    "an option in the middle": (CUT, RULES[1], True),
    "another option there": (CUT, RULES[2], True),
    "another address": (CUT, RULES[1].replace("10.0.0.1", "10.0.0.2"), False),
    "another target": (CUT, RULES[1].replace("ACCEPT", "DROP"), False),
    "two parts": ("-m a [unsupported revision] -m b [unsupported revision] -j X", "-m a --x 1 -m b --y 2 -j X", True),
    "two parts in a different order": (
        "-m a [unsupported revision] -m b [unsupported revision] -j X",
        "-m b --y 2 -m a --x 1 -j X",
        False,
    ),
    "a target's options": ("-j REJECT [unsupported revision]", RULES[3], True),
    "a shorter rule": ("-j A [unsupported revision] -j A", "-j A", False),
}


@pytest.mark.parametrize(("rule", "wanted", "expected"), MAY_BE.values(), ids=MAY_BE)
def test_which_rules_an_unreadable_rule_may_be(rule: str, wanted: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    """Judged by the parts that were printed."""
    assert may_be(rule, wanted) is expected


def test_an_unreadable_rule_is_neither_missing_nor_extra() -> None:
    """One finding covers both sides."""
    found = [RULES[0], CUT, RULES[2], RULES[3]]
    assert listed_drift("vpa--1", RULES, found) == [Drift(DriftKind.UNREADABLE, "vpa--1", CUT, 2, RULES[1], 2)]


def test_two_unreadable_rules_that_look_alike_are_two_rules() -> None:
    """Each one is matched once."""
    found = [RULES[0], CUT, CUT, RULES[3]]
    assert [(drift.kind, drift.wanted) for drift in listed_drift("vpa--1", RULES, found)] == [
        (DriftKind.UNREADABLE, RULES[1]),
        (DriftKind.UNREADABLE, RULES[2]),
    ]


def test_a_foreign_unreadable_rule_is_reported_as_unreadable() -> None:
    """It cannot be proven to be extra."""
    found = [*RULES, "-m x [unsupported revision] -j DROP"]
    assert listed_drift("vpa--1", RULES, found) == [
        Drift(DriftKind.UNREADABLE, "vpa--1", "-m x [unsupported revision] -j DROP", 5)
    ]


def test_other_drift_is_still_found() -> None:
    """In the order of the chain."""
    found = [RULES[0], CUT, RULES[2]]
    assert [drift.kind for drift in listed_drift("vpa--1", RULES, found)] == [DriftKind.UNREADABLE, DriftKind.MISSING]
