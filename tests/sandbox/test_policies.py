"""Policies and tags as the policy server keeps them: properties, compared with a minimal model."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.policy import Policy, Ports, Protocol
from cfnet.sandbox import policies
from cfnet.sandbox.store import Store
from tests.policies import policy

POLICIES = st.builds(
    Policy,
    source=st.sampled_from("abcde"),
    destination=st.sampled_from("abcde"),
    protocol=st.sampled_from(Protocol),
    ports=st.sampled_from([Ports(80, 80), Ports(80, 90)]),
)
STEPS = st.lists(st.tuples(st.sampled_from(["create", "delete"]), st.lists(POLICIES, max_size=4)), max_size=12)


@contextmanager
def empty() -> Iterator[sqlite3.Connection]:
    """A database without policies, in a transaction."""
    store = Store(None, policies.add_router_group)
    with store.writing() as db:
        yield db
    store.close()


def run(db: sqlite3.Connection, steps: list[tuple[str, list[Policy]]]) -> None:
    """Create and delete, step by step."""
    for verb, asked in steps:
        (policies.create if verb == "create" else policies.delete)(db, asked)


@given(STEPS)
def test_policies_are_a_set(steps: list[tuple[str, list[Policy]]]) -> None:
    """Creating existing policies and deleting missing ones have no effect; the oldest come first."""
    model: dict[Policy, None] = {}
    for verb, asked in steps:
        for each in asked:
            model.setdefault(each) if verb == "create" else model.pop(each, None)
    with empty() as db:
        run(db, steps)
        assert policies.find(db) == list(model)


@given(STEPS)
def test_apps_with_policies_have_unique_lowest_tags(steps: list[tuple[str, list[Policy]]]) -> None:
    """Exactly the apps in policies have tags, no two the same; each gets the lowest one free at the time."""
    model: dict[str, int] = {}
    there: set[Policy] = set()
    for verb, asked in steps:
        for each in asked:
            if verb == "create":
                there.add(each)
                for end in (each.source, each.destination):
                    if end not in model:
                        model[end] = min(set(range(2, 100)) - set(model.values()))
            else:
                there.discard(each)
                used = {end for kept in there for end in (kept.source, kept.destination)}
                model = {guid: tag for guid, tag in model.items() if guid in used}
    with empty() as db:
        run(db, steps)
        found = policies.tags(db)
    assert {tag.guid: tag.number for tag in found if tag.type == "app"} == model
    assert found == sorted(found, key=lambda tag: tag.number)
    assert found[0] == (policies.ROUTER_GROUP, 1, "router")


def test_the_source_gets_its_tag_before_the_destination() -> None:
    """In order of the request; the first two apps get 2 and 3, because the routers have 1."""
    with empty() as db:
        policies.create(db, [policy("b", "a"), policy("a", "c")])
        assert [(tag.guid, tag.text) for tag in policies.tags(db)][1:] == [("b", "0002"), ("a", "0003"), ("c", "0004")]


def test_tags_are_written_in_hexadecimal() -> None:
    """Two bytes, upper case, padded."""
    assert [policies.Tag("", number, "app").text for number in (1, 255, 65535)] == ["0001", "00FF", "FFFF"]


def test_a_tag_is_kept_while_the_app_has_a_policy() -> None:
    """Even as a destination only; then it is free for the next app."""
    with empty() as db:
        policies.create(db, [policy("a", "b"), policy("c", "a")])
        policies.delete(db, [policy("a", "b")])
        policies.create(db, [policy("d", "c")])
        assert [(tag.guid, tag.number) for tag in policies.tags(db)][1:] == [("a", 2), ("d", 3), ("c", 4)]


def test_without_free_tags_nothing_is_created() -> None:
    """One app without a tag makes the whole request fail."""
    store = Store(None, policies.add_router_group)
    with pytest.raises(policies.NoTagLeft), store.writing() as db:
        policies.create(db, [policy("a", "b"), policy("a", "c")], tags=3)
    with store.reading() as db:
        assert (policies.find(db), len(policies.tags(db))) == ([], 1)
    store.close()


A_B, A_C, B_C = policy("a", "b"), policy("a", "c"), policy("b", "c")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param({}, [A_B, A_C, B_C], id="all"),
        pytest.param({"either": ["b"]}, [A_B, B_C], id="source or destination"),
        pytest.param({"sources": ["a"]}, [A_B, A_C], id="by source"),
        pytest.param({"destinations": ["c", "x"]}, [A_C, B_C], id="by destination"),
        pytest.param({"sources": ["a"], "destinations": ["c"]}, [A_C], id="by both"),
        pytest.param({"either": ["b"], "sources": ["x"]}, [A_B, B_C], id="either end takes precedence"),
        pytest.param({"either": []}, [], id="of an unknown app"),
    ],
)
def test_filters(filters: dict[str, list[str]], expected: list[Policy]) -> None:
    """The same as the policy server's."""
    with empty() as db:
        policies.create(db, [A_B, A_C, B_C])
        assert policies.find(db, **filters) == expected
