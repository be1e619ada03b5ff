"""How a chain differs from the expected one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.drift.chain_drift import Drift, DriftKind, chain_drift

ALLOW = '-d 10.255.77.4/32 -p tcp -m tcp --dport 80 -m mark --mark 0x2 -m comment --comment "src:a_dst:b" -j ACCEPT'
OTHER = ALLOW.replace("0x2", "0x3")
LOG = '-d 10.255.77.4/32 -p udp -m mark --mark 0x2 -j LOG --log-prefix "OK_0002_c7de "'
LOG_MOVED = LOG.replace("0x2", "0x3").replace("0002", "0003")
MARK = "-s 10.255.77.3/32 -j MARK --set-xmark 0x2/0xffffffff"
OFF = "-s 10.255.0.0/16 -d 10.255.0.0/16 -j ACCEPT"

CASES: dict[str, tuple[list[str], list[str], list[Drift]]] = {
    "the same": ([MARK, ALLOW], [MARK, ALLOW], []),
    "empty, and expected empty": ([], [], []),
    "a missing rule": ([MARK, ALLOW], [ALLOW], [Drift(DriftKind.MISSING, "vpa--1", wanted=MARK, wanted_position=1)]),
    "an extra rule": ([MARK], [MARK, ALLOW], [Drift(DriftKind.EXTRA, "vpa--1", ALLOW, 2)]),
    "a duplicate rule": ([MARK], [MARK, MARK], [Drift(DriftKind.EXTRA, "vpa--1", MARK, 2)]),
    "two rules swapped": (
        [MARK, ALLOW, LOG],
        [ALLOW, MARK, LOG],
        [Drift(DriftKind.WRONG_ORDER, "vpa--1", MARK, 2, MARK, 1)],
    ),
    "the last rule first": (
        [MARK, ALLOW, LOG],
        [LOG, MARK, ALLOW],
        [Drift(DriftKind.WRONG_ORDER, "vpa--1", LOG, 1, LOG, 3)],
    ),
    "a changed tag, in an allow": (
        [ALLOW],
        [OTHER],
        [Drift(DriftKind.WRONG_MARK, "vpa--1", OTHER, 1, ALLOW, 1)],
    ),
    "a changed tag, in a log": (
        [LOG],
        [LOG_MOVED],
        [Drift(DriftKind.WRONG_MARK, "vpa--1", LOG_MOVED, 1, LOG, 1)],
    ),
    "a changed tag of four bytes, in a log": (
        [LOG.replace("0002", "00000002")],
        [LOG_MOVED.replace("0003", "00000003")],
        [
            Drift(
                DriftKind.WRONG_MARK,
                "vpa--1",
                LOG_MOVED.replace("0003", "00000003"),
                1,
                LOG.replace("0002", "00000002"),
                1,
            )
        ],
    ),
    "a changed tag, where the mark is set": (
        [MARK],
        [MARK.replace("0x2/", "0x5/")],
        [Drift(DriftKind.WRONG_MARK, "vpa--1", MARK.replace("0x2/", "0x5/"), 1, MARK, 1)],
    ),
    "enforcement off": ([ALLOW], [OFF, ALLOW], [Drift(DriftKind.ENFORCEMENT_OFF, "vpa--1", OFF, 1)]),
    "enforcement off, for all packets": (
        [ALLOW],
        ["-j ACCEPT", ALLOW],
        [Drift(DriftKind.ENFORCEMENT_OFF, "vpa--1", "-j ACCEPT", 1)],
    ),
    "enforcement on, but expected off": (
        [OFF, ALLOW],
        [ALLOW],
        [Drift(DriftKind.MISSING, "vpa--1", wanted=OFF, wanted_position=1)],
    ),
}


@pytest.mark.parametrize(("wanted", "found", "drifts"), CASES.values(), ids=CASES)
def test_each_kind_of_drift(wanted: list[str], found: list[str], drifts: list[Drift]) -> None:
    """The rule, its position, and the expected rule there."""
    assert chain_drift("vpa--1", wanted, found) == drifts


@pytest.mark.parametrize("rule", [OFF, "-j ACCEPT"])
def test_accepting_everything_from_one_container_is_an_extra_rule(rule: str) -> None:
    """In a chain of its own such a rule does not turn enforcement off: policies still hold for all others."""
    assert chain_drift("overlay--h", [], [rule]) == [Drift(DriftKind.EXTRA, "overlay--h", rule, 1)]


_RULES = st.lists(st.sampled_from("abcdef"), max_size=12)


@given(_RULES, _RULES)
def test_applying_the_findings_gives_the_expected_chain(wanted: list[str], found: list[str]) -> None:
    """Remove the extra and misplaced rules, insert the missing ones."""
    drifts = chain_drift("c", wanted, found)
    out = {drift.position for drift in drifts if drift.position}
    into = sorted((drift.wanted_position, drift.wanted) for drift in drifts if drift.wanted)
    mended = [rule for place, rule in enumerate(found, 1) if place not in out]
    for place, rule in into:
        mended.insert(place - 1, rule)
    assert mended == wanted


@given(_RULES, st.randoms())
def test_a_shuffled_chain_is_only_out_of_order(wanted: list[str], dice: object) -> None:
    """Nothing is missing or extra."""
    found = list(wanted)
    getattr(dice, "shuffle")(found)  # noqa: B009 - hypothesis's own Random type
    assert {drift.kind for drift in chain_drift("c", wanted, found)} <= {DriftKind.WRONG_ORDER}


@given(_RULES)
def test_a_chain_is_in_sync_with_itself(rules: list[str]) -> None:
    """Duplicate rules included."""
    assert chain_drift("c", rules, list(rules)) == []
