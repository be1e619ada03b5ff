"""How tags change when policies change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cell.change.tag_changes import HandedOn, TagStep, change_tags
from cfnet.cell.model.tags import INGRESS_ROUTER, Tags, allot
from cfnet.policy import Policy
from cfnet.policy.limits import TAGS
from tests.policies import policy

TAGGED = Tags({INGRESS_ROUTER: "0001", "a": "0002", "b": "0003"})
THERE = [policy("a", "b")]

CHANGES = {
    "nothing": ([], {"a": "0002", "b": "0003"}, []),
    "new apps get the lowest free tags, the source first": (
        [TagStep([policy("d", "c"), policy("c", "a")], adds=True)],
        {"a": "0002", "b": "0003", "d": "0004", "c": "0005"},
        [],
    ),
    "adding an existing policy changes nothing": ([TagStep(THERE, adds=True)], {"a": "0002", "b": "0003"}, []),
    "removing a missing policy changes nothing": (
        [TagStep([policy("a", "b", 81)], adds=False)],
        {"a": "0002", "b": "0003"},
        [],
    ),
    "an app without policies loses its tag": ([TagStep(THERE, adds=False)], {}, []),
    "a tag reused by another app": (
        [TagStep(THERE, adds=False), TagStep([policy("c", "b")], adds=True)],
        {"c": "0002", "b": "0003"},
        [HandedOn("0002", "a", "c")],
    ),
    "adding first reuses no tag": (
        [TagStep([policy("c", "b")], adds=True), TagStep(THERE, adds=False)],
        {"c": "0004", "b": "0003"},
        [],
    ),
    "an app that gets its own tag back": (
        [TagStep(THERE, adds=False), TagStep(THERE, adds=True)],
        {"a": "0002", "b": "0003"},
        [],
    ),
}


@pytest.mark.parametrize(("steps", "tags", "handed_on"), CHANGES.values(), ids=CHANGES)
def test_tag_changes(steps: list[TagStep], tags: dict[str, str], handed_on: list[HandedOn]) -> None:
    """The routers keep their tag, whether they are in a policy or not."""
    change = change_tags(THERE, TAGGED, steps)
    assert change.tags.by_app == {INGRESS_ROUTER: "0001", **tags}
    assert (change.handed_on, change.without) == (handed_on, [])


def test_more_apps_than_tags() -> None:
    """They are counted, so that the message can say how many are missing."""
    many = [policy(f"app-{number}", "b") for number in range(TAGS)]
    change = change_tags(THERE, TAGGED, [TagStep(many, adds=True)])
    assert change.without == ["app-65532", "app-65533", "app-65534"]


POLICIES = st.lists(st.builds(policy, st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.integers(80, 82)))


@given(POLICIES, POLICIES)
def test_adding_in_two_steps_equals_adding_in_one(first: list[Policy], second: list[Policy]) -> None:
    """And equals the tags that an empty server would allot."""
    two = change_tags([], Tags({}), [TagStep(first, adds=True), TagStep(second, adds=True)])
    one = change_tags([], Tags({}), [TagStep(first + second, adds=True)])
    assert two == one
    assert one.tags.by_app == allot(first + second).by_app


@given(POLICIES, POLICIES, POLICIES)
def test_policies_after_a_change(present: list[Policy], added: list[Policy], removed: list[Policy]) -> None:
    """New ones follow the old ones, each once; duplicates, which only snapshots made by hand have, stay."""
    change = change_tags(present, allot(present), [TagStep(added, adds=True), TagStep(removed, adds=False)])
    new = [each for each in dict.fromkeys(added) if each not in present]
    assert change.policies == [each for each in [*present, *new] if each not in removed]
