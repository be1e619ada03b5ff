"""Policies that almost allow a call."""

import pytest

from cfnet.cell.explain.near_misses import Miss, NearMiss, near_misses
from cfnet.policy import App, Org, Policy, Protocol, Space
from tests.policies import policy

SHOP = Org("o", "shop")
WEB, PAY = Space("s1", "web", SHOP), Space("s2", "pay", SHOP)
APPS = {app.guid: app for app in (App("a", "front", WEB), App("b", "back", WEB), App("c", "back", PAY))}


WANTED = policy("a", "b", "8081")
CASES = {
    "another port": (policy("a", "b", "8080"), Miss.PORT),
    "other ports": (policy("a", "b", "9000-9010"), Miss.PORT),
    "the other protocol": (policy("a", "b", "8000-9000", Protocol.UDP), Miss.PROTOCOL),
    "the other direction": (policy("b", "a", "8081"), Miss.DIRECTION),
    "an app of the same name in another space": (policy("a", "c", "8081"), Miss.NAMESAKE),
    "the policy itself": (policy("a", "b", "8081"), None),
    "the other protocol and another port": (policy("a", "b", "8080", Protocol.UDP), None),
    "the other direction and another port": (policy("b", "a", "8080"), None),
    "an app of another name": (policy("a", "a", "8081"), None),
    "an app without a known name": (policy("a", "x", "8081"), None),
}


@pytest.mark.parametrize(("other", "miss"), CASES.values(), ids=CASES)
def test_a_near_miss_differs_in_one_thing(other: Policy, miss: Miss | None) -> None:
    """More differences would not be near."""
    assert near_misses(WANTED, [other], APPS) == ([NearMiss(miss, other)] if miss else [])


def test_the_nearest_policy_comes_first() -> None:
    """A different port comes before all else, the nearest port first."""
    policies = [policy("b", "a", "8081"), policy("a", "b", "80"), policy("a", "b", "8082-8090")]
    assert [near.policy for near in near_misses(WANTED, policies, APPS)] == [policies[2], policies[1], policies[0]]
