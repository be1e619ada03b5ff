"""How a chain differs from what it should be."""

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
    "nothing, and nothing wanted": ([], [], []),
    "a rule missing": ([MARK, ALLOW], [ALLOW], [Drift(DriftKind.MISSING, "vpa--1", wanted=MARK, wanted_position=1)]),
    "a rule too many": ([MARK], [MARK, ALLOW], [Drift(DriftKind.EXTRA, "vpa--1", ALLOW, 2)]),
    "a rule twice": ([MARK], [MARK, MARK], [Drift(DriftKind.EXTRA, "vpa--1", MARK, 2)]),
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
    "a tag that moved, in an allow": (
        [ALLOW],
        [OTHER],
        [Drift(DriftKind.WRONG_MARK, "vpa--1", OTHER, 1, ALLOW, 1)],
    ),
    "a tag that moved, in a log": (
        [LOG],
        [LOG_MOVED],
        [Drift(DriftKind.WRONG_MARK, "vpa--1", LOG_MOVED, 1, LOG, 1)],
    ),
    "a tag of four bytes that moved, in a log": (
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
    "a tag that moved, where the mark is set": (
        [MARK],
        [MARK.replace("0x2/", "0x5/")],
        [Drift(DriftKind.WRONG_MARK, "vpa--1", MARK.replace("0x2/", "0x5/"), 1, MARK, 1)],
    ),
    "enforcement off": ([ALLOW], [OFF, ALLOW], [Drift(DriftKind.ENFORCEMENT_OFF, "vpa--1", OFF, 1)]),
    "enforcement off, for all there is": (
        [ALLOW],
        ["-j ACCEPT", ALLOW],
        [Drift(DriftKind.ENFORCEMENT_OFF, "vpa--1", "-j ACCEPT", 1)],
    ),
    "enforcement on, that should be off": (
        [OFF, ALLOW],
        [ALLOW],
        [Drift(DriftKind.MISSING, "vpa--1", wanted=OFF, wanted_position=1)],
    ),
}


@pytest.mark.parametrize(("wanted", "found", "drifts"), CASES.values(), ids=CASES)
def test_each_kind_is_what_it_is(wanted: list[str], found: list[str], drifts: list[Drift]) -> None:
    """Rule, place, and what should stand where."""
    assert chain_drift("vpa--1", wanted, found) == drifts


@pytest.mark.parametrize("rule", [OFF, "-j ACCEPT"])
def test_enforcement_is_not_off_where_one_container_may_do_all(rule: str) -> None:
    """In a chain of its own such a rule is one too many: the policies still hold for all others."""
    assert chain_drift("overlay--h", [], [rule]) == [Drift(DriftKind.EXTRA, "overlay--h", rule, 1)]


_RULES = st.lists(st.sampled_from("abcdef"), max_size=12)


@given(_RULES, _RULES)
def test_the_findings_make_one_out_of_the_other(wanted: list[str], found: list[str]) -> None:
    """Take out what is too many or elsewhere, put in what is missing or moved: then it is as wanted."""
    drifts = chain_drift("c", wanted, found)
    out = {drift.position for drift in drifts if drift.position}
    into = sorted((drift.wanted_position, drift.wanted) for drift in drifts if drift.wanted)
    mended = [rule for place, rule in enumerate(found, 1) if place not in out]
    for place, rule in into:
        mended.insert(place - 1, rule)
    assert mended == wanted


@given(_RULES, st.randoms())
def test_what_is_only_mixed_up_is_only_out_of_order(wanted: list[str], dice: object) -> None:
    """Nothing is missing then, and nothing too many."""
    found = list(wanted)
    getattr(dice, "shuffle")(found)  # noqa: B009 - hypothesis's own kind of Random
    assert {drift.kind for drift in chain_drift("c", wanted, found)} <= {DriftKind.WRONG_ORDER}


@given(_RULES)
def test_a_chain_is_in_sync_with_itself(rules: list[str]) -> None:
    """Also where rules are there twice."""
    assert chain_drift("c", rules, list(rules)) == []
