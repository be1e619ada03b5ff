"""Policies and tags as the policy server keeps them: properties, against the simplest model there is."""

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
    """A database with no policies, in a transaction."""
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
    """Creating what is there and deleting what is not change nothing; the oldest come first."""
    model: dict[Policy, None] = {}
    for verb, asked in steps:
        for each in asked:
            model.setdefault(each) if verb == "create" else model.pop(each, None)
    with empty() as db:
        run(db, steps)
        assert policies.find(db) == list(model)


@given(STEPS)
def test_tags_are_the_lowest_that_are_free(steps: list[tuple[str, list[Policy]]]) -> None:
    """An app in a policy has a tag, no other has; no two have one; each takes the lowest that is free when it comes."""
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


def test_source_comes_before_destination() -> None:
    """In order of the request, source first; the first two apps get 2 and 3, for the routers have 1."""
    with empty() as db:
        policies.create(db, [policy("b", "a"), policy("a", "c")])
        assert [(tag.guid, tag.text) for tag in policies.tags(db)][1:] == [("b", "0002"), ("a", "0003"), ("c", "0004")]


def test_tags_are_written_in_hexadecimal() -> None:
    """Two bytes, upper case, padded."""
    assert [policies.Tag("", number, "app").text for number in (1, 255, 65535)] == ["0001", "00FF", "FFFF"]


def test_a_tag_is_kept_while_the_app_is_an_end_of_any_policy() -> None:
    """As a destination alone, too; then it is given to whoever comes next."""
    with empty() as db:
        policies.create(db, [policy("a", "b"), policy("c", "a")])
        policies.delete(db, [policy("a", "b")])
        policies.create(db, [policy("d", "c")])
        assert [(tag.guid, tag.number) for tag in policies.tags(db)][1:] == [("a", 2), ("d", 3), ("c", 4)]


def test_when_no_tag_is_left_nothing_is_created() -> None:
    """The last app that has no tag fails the whole request."""
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
        pytest.param({"either": ["b"], "sources": ["x"]}, [A_B, B_C], id="either end wins over the others"),
        pytest.param({"either": []}, [], id="of no app"),
    ],
)
def test_find(filters: dict[str, list[str]], expected: list[Policy]) -> None:
    """Filters, as the policy server has them."""
    with empty() as db:
        policies.create(db, [A_B, A_C, B_C])
        assert policies.find(db, **filters) == expected
