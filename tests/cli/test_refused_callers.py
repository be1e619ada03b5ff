"""Whose calls were rejected: only if every packet that a rule has counted is accounted for."""

from collections.abc import Sequence

from cfnet.cell.explain.rule_hits import Decision
from cfnet.cell.model.names import Instance, Names
from cfnet.dataplane.refusals import Refusal
from cfnet.operations.refused_callers import CellDecision, RefusedCallers

_NAMES = Names({"a": "appA", "b": "appB"}, {"10.255.78.3": Instance("a", 0), "10.255.77.4": Instance("b", 0)})
_CALL = Refusal("10.255.78.3", "10.255.77.4", "tcp", 8080)
_OTHER = Refusal("10.255.78.9", "10.255.77.4", "udp", 53)


def _rejected(number: int) -> CellDecision:
    return CellDecision(
        "cell-1",
        Decision("rejected", "", "appB, instance 0", "", number, number, "overlay--b", 4, unnamed="10.255.77.4"),
    )


def _told(found: Sequence[CellDecision]) -> list[tuple[str, str, int | None]]:
    return [(each.decision.source, each.decision.ports, each.decision.number) for each in found]


def test_the_caller_is_named_if_all_packets_are_accounted_for() -> None:
    found = list(RefusedCallers().settle([_rejected(3)], [_CALL, _OTHER, _CALL], _NAMES))

    assert _told(found) == [("appA, instance 0", "tcp 8080", 2), ("10.255.78.9", "udp 53", 1)]


def test_the_counter_and_the_refusal_may_come_apart() -> None:
    callers = RefusedCallers()

    assert list(callers.settle([_rejected(1)], [], _NAMES)) == []
    assert _told(list(callers.settle([], [_CALL], _NAMES))) == [("appA, instance 0", "tcp 8080", 1)]
    assert list(callers.settle([], [_CALL], _NAMES)) == []
    assert _told(list(callers.settle([_rejected(1)], [], _NAMES))) == [("appA, instance 0", "tcp 8080", 1)]


def test_the_caller_stays_unknown_if_packets_are_missing() -> None:
    """A ping, for example, is rejected, too, and has no port."""
    callers = RefusedCallers()

    assert [list(callers.settle(found, refusals, _NAMES)) for found, refusals in
            (([_rejected(2)], [_CALL]), ([], []), ([], []))] == [[], [], [_rejected(2)]]  # fmt: skip


def test_refusals_by_other_rules_are_forgotten() -> None:
    callers = RefusedCallers()
    for refusals in ([_CALL], [], []):
        assert list(callers.settle([], refusals, _NAMES)) == []

    assert _told(list(callers.settle([_rejected(1)], [_OTHER], _NAMES))) == [("10.255.78.9", "udp 53", 1)]


def test_other_decisions_pass() -> None:
    allowed = CellDecision("cell-1", Decision("accepted", "appA", "appB, instance 0", "tcp 8080", 1, 6, "vpa--1", 2))

    assert list(RefusedCallers().settle([allowed], [], _NAMES)) == [allowed]
