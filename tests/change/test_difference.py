"""Policies that a foundation lacks, and undeclared ones that it has."""

from hypothesis import given
from hypothesis import strategies as st

from cfnet.change import Difference, diff
from cfnet.policy import Policy, Ports, Protocol
from tests.policies import policy
from tests.strategies import policies

_GUIDS = ("a", "b", "c", "d")
_sets = st.frozensets(policies(_GUIDS), max_size=12)
_apps = st.frozensets(st.sampled_from(_GUIDS))


def test_classifies_each_policy() -> None:
    """Wanted or not, existing or not, owned or not, visible or not."""
    difference = diff(
        wanted=[policy("a", "b"), policy("a", "c"), policy("a", "hidden")],
        live=[policy("a", "b"), policy("a", "d"), policy("a", "ops"), policy("x", "a")],
        owned={"a"},
        ignored=frozenset({policy("a", "ops")}),
        visible={"a", "b", "c", "d", "ops", "x"},
    )
    assert difference == Difference(
        added=(policy("a", "c"),),
        kept=(policy("a", "b"),),
        removed=(policy("a", "d"),),
        left=(policy("a", "ops"), policy("x", "a")),
        unknown=(policy("a", "hidden"),),
        owned=2,
    )
    assert difference.changes(prune=False)


def test_part_of_a_range_is_a_different_policy() -> None:
    """The policy server merges nothing: 8000-9000 does not include a policy for 8080."""
    there, wanted = Policy("a", "b", Protocol.TCP, Ports(8000, 9000)), policy("a", "b")
    difference = diff([wanted], [there], owned={"a"})
    assert (difference.added, difference.removed) == ((wanted,), (there,))


def test_undeclared_policies_are_changes_only_with_pruning() -> None:
    difference = diff([], [policy("a", "b")], owned={"a"})
    assert not difference.changes(prune=False)
    assert difference.changes(prune=True)


@given(wanted=_sets, live=_sets, owned=_apps, ignored=_sets, visible=st.none() | _apps)
def test_every_policy_is_in_exactly_one_part(
    wanted: frozenset[Policy],
    live: frozenset[Policy],
    owned: frozenset[str],
    ignored: frozenset[Policy],
    visible: frozenset[str] | None,
) -> None:
    """The five parts are everything; before - removed + added = after."""
    found = diff(wanted, live, owned=owned, ignored=ignored, visible=visible)
    assert sorted(wanted | live) == sorted((*found.added, *found.kept, *found.removed, *found.left, *found.unknown))
    after = (live - set(found.removed)) | set(found.added)
    assert after == set(found.added) | set(found.kept) | set(found.left)
    assert wanted - after == set(found.unknown)
    assert all(each.source in owned and each not in ignored for each in found.removed)
