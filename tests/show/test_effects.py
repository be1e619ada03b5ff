"""Sentences about rules that interfere with policies."""

import pytest

from cfnet.cell.drift.chain_drift import Drift, DriftKind
from cfnet.cell.model.names import Names
from cfnet.cell.packet.packet_set import EVERYTHING, one_mark
from cfnet.show.effects import effect_told

OPENS = {
    "-j ACCEPT": ("accept", "calls that no policy allows"),
    "-j MARK --set-xmark 0x2/0xffffffff": (
        "give",
        "packets another mark, so that calls that no policy allows are accepted",
    ),
    "-j RETURN": ("let", "calls that no policy allows skip the rules that reject them"),
    "-j own": ("send", "calls that no policy allows to rules that accept them"),
}
CLOSES = {
    "-j REJECT --reject-with icmp-port-unreachable": ("reject", "calls that policies allow"),
    "-j DROP": ("drop", "calls that policies allow"),
    "-j ACCEPT": ("let", "packets out without the mark of their app: other cells reject them"),
    "-j MARK --set-xmark 0x2/0xffffffff": (
        "give",
        "packets another mark, so that calls that policies allow are rejected",
    ),
    "-j RETURN": ("let", "calls that policies allow skip the rules that accept them"),
    "-j own": ("send", "calls that policies allow to rules that do not accept them"),
}


def sentence_of(drift: Drift) -> str:
    return effect_told(drift, Names())


@pytest.mark.parametrize(
    ("kind", "rule", "verb", "rest"),
    [
        (kind, rule, *said)
        for kind, table in ((DriftKind.BYPASS, OPENS), (DriftKind.BLOCKED, CLOSES))
        for rule, said in table.items()
    ],
)
def test_a_rule_does_something_or_may_do_it(kind: DriftKind, rule: str, verb: str, rest: str) -> None:
    drift = Drift(kind, "FORWARD", rule, 2)
    assert sentence_of(drift) == f"rule 2 of FORWARD {verb}s {rest}"
    assert sentence_of(drift._replace(sure=False)) == f"rule 2 of FORWARD may {verb} {rest}"


def test_the_policy_of_a_chain_can_block() -> None:
    assert sentence_of(Drift(DriftKind.BLOCKED, "FORWARD")) == (
        "the policy of FORWARD is DROP: it drops calls that policies allow"
    )


def test_rules_together_can_accept_everything() -> None:
    off = Drift(DriftKind.ENFORCEMENT_OFF, "FORWARD", "-j ACCEPT", 1, calls=EVERYTHING)
    assert sentence_of(off) == "rule 1 of FORWARD accepts everything: no policy is enforced"
    assert sentence_of(off._replace(calls=EVERYTHING._replace(mark=one_mark(2)))) == (
        "rule 1 of FORWARD, together with other rules, accepts everything: no policy is enforced"
    )


@pytest.mark.parametrize(
    ("drift", "sentence"),
    [
        (
            Drift(DriftKind.ENFORCEMENT_OFF, "FORWARD", wanted="-j vpa--1", wanted_position=1),
            "no rule of FORWARD jumps to the policy chain or rejects other calls: no policy is enforced",
        ),
        (
            Drift(DriftKind.ENFORCEMENT_OFF, "FORWARD", wanted="-j overlay--h1"),
            "no rule of FORWARD jumps to overlay--h1: every call to container h1 is accepted",
        ),
        (
            Drift(DriftKind.BYPASS, "overlay--h1", wanted="-d 10.255.0.1/32 -j REJECT", wanted_position=4),
            "rule 4 of overlay--h1 is missing: calls to container h1 that no policy allows are accepted",
        ),
        (
            Drift(DriftKind.BYPASS, "overlay--h1", wanted="-d 10.255.0.1/32 -j REJECT"),
            "a rule of overlay--h1 is missing: calls to container h1 that no policy allows are accepted",
        ),
    ],
    ids=["the policy chain", "a container's chain", "a container's reject", "one without a position"],
)
def test_a_missing_rule_lets_calls_through(drift: Drift, sentence: str) -> None:
    assert sentence_of(drift) == sentence
