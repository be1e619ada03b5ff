"""The quota, as the policy server calculates it."""

import pytest

from cfnet.change import Exceeded, exceeded
from cfnet.policy import Policy, Ports, Protocol


def some(source: str, destination: str, first: int, count: int) -> list[Policy]:
    """This many policies between two apps."""
    return [Policy(source, destination, Protocol.TCP, Ports(port, port)) for port in range(first, first + count)]


@pytest.mark.parametrize(
    ("there", "add", "found"),
    [
        pytest.param(some("a", "b", 1, 2), some("a", "b", 3, 1), (), id="the quota itself is allowed"),
        pytest.param(some("a", "b", 1, 2), some("a", "c", 1, 2), (Exceeded("a", 2, 2, 3),), id="one more is refused"),
        pytest.param(
            some("a", "b", 1, 3), some("a", "b", 3, 1), (Exceeded("a", 3, 1, 3),), id="existing policies count again"
        ),
        pytest.param(some("b", "a", 1, 9), some("c", "a", 1, 3), (), id="destinations are free"),
        pytest.param(
            some("b", "x", 1, 4),
            some("a", "b", 1, 1),
            (Exceeded("b", 4, 0, 3),),
            id="an app above the quota cannot be a destination",
        ),
        pytest.param(some("z", "x", 1, 9), some("a", "b", 1, 1), (), id="other apps do not matter"),
    ],
)
def test_matches_the_servers_calculation(there: list[Policy], add: list[Policy], found: tuple[Exceeded, ...]) -> None:
    """Existing plus added policies of a source, for every app of the request, against the limit."""
    assert exceeded(add, there, limit=3) == found
