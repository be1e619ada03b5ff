"""What is sent, in which order and in which batches; and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.change import Action, Batch, Plan, diff, plan
from cfnet.errors import Refused
from cfnet.exits import Exit
from cfnet.policy import Policy, Ports, Protocol
from tests.strategies import policies

_policies = st.lists(policies(("a", "b", "c", "d", "e")), unique=True, max_size=30).map(tuple)


def some(count: int, source: str = "a") -> list[Policy]:
    """This many policies of `source`."""
    return [Policy(source, "b", Protocol.TCP, Ports(port, port)) for port in range(1, count + 1)]


def test_adds_all_before_it_removes_any() -> None:
    """A connection that both states allow, or that is replaced, is never interrupted."""
    batches = list(Plan(tuple(some(3)), tuple(some(2, "z"))).batches(size=2))
    assert [(batch.action, len(batch.policies)) for batch in batches] == [
        (Action.ADD, 2),
        (Action.ADD, 1),
        (Action.REMOVE, 2),
    ]


def test_sends_ten_thousand_in_fourteen_requests() -> None:
    """Each batch is one transaction of less than a second; of twenty requests six are left for reading."""
    assert [len(batch.policies) for batch in Plan(tuple(some(10_000))).batches()] == [750] * 13 + [250]


@given(add=_policies, remove=_policies, size=st.integers(1, 7), apps=st.none() | st.integers(2, 4))
def test_every_policy_is_sent_once(
    add: tuple[Policy, ...], remove: tuple[Policy, ...], size: int, apps: int | None
) -> None:
    """Batches are slices of the plan in order, none of them empty or too large."""
    batches: list[Batch] = list(Plan(add, remove).batches(size, apps))
    assert tuple(each for batch in batches if batch.action is Action.ADD for each in batch.policies) == add
    assert tuple(each for batch in batches if batch.action is Action.REMOVE for each in batch.policies) == remove
    for batch in batches:
        assert 1 <= len(batch.policies) <= size
        if apps is not None:
            assert len({end for each in batch.policies for end in (each.source, each.destination)}) <= apps


def test_removes_nothing_without_prune() -> None:
    difference = diff(some(1), some(3), owned={"a"})
    assert plan(difference).remove == ()
    assert plan(difference, prune=True).remove == difference.removed


@pytest.mark.parametrize(
    ("there", "wanted", "refused"),
    [
        pytest.param(9, 1, None, id="most of fewer than ten policies may be removed"),
        pytest.param(10, 7, None, id="three of ten may be removed"),
        pytest.param(
            10, 6, "Pruning would remove 4 of 10 policies, more than a third.", id="four of ten may not be removed"
        ),
        pytest.param(12, 8, None, id="a third may be removed"),
        pytest.param(
            2, 0, "Pruning would remove 2 of 2 policies, and no policies are declared.", id="not all may be removed"
        ),
        pytest.param(0, 0, None, id="an empty document for an empty foundation is fine"),
    ],
)
def test_refuses_suspicious_removals(there: int, wanted: int, refused: str | None) -> None:
    """Pruning a large part or everything needs confirmation."""
    difference = diff(some(wanted), some(there), owned={"a"})
    if refused is None:
        assert len(plan(difference, prune=True).remove) == there - wanted
    else:
        with pytest.raises(Refused) as caught:
            plan(difference, prune=True)
        assert (caught.value.message, caught.value.hint, caught.value.exit) == (
            refused,
            "Use --force if this is intended.",
            Exit.REFUSED,
        )
    assert len(plan(difference, prune=True, force=True).remove) == there - wanted


@pytest.mark.parametrize(
    ("wanted", "visible"),
    [
        pytest.param(some(1), None, id="a policy to be added"),
        pytest.param(some(1, "hidden"), {"a", "b"}, id="an invisible policy"),
    ],
)
def test_a_declared_policy_makes_a_document_nonempty(wanted: list[Policy], visible: set[str] | None) -> None:
    """A document counts as empty if it declares nothing, not if its policies are missing or invisible."""
    other = Policy("a", "b", Protocol.UDP, Ports(1, 1))
    difference = diff(wanted, [other], owned={"a"}, visible=visible)
    assert plan(difference, prune=True).remove == (other,)
