"""The quota, by the arithmetic of the policy server."""

import pytest

from cfnet.change import Exceeded, exceeded
from cfnet.policy import Policy, Ports, Protocol


def some(source: str, destination: str, first: int, count: int) -> list[Policy]:
    """That many policies between two apps."""
    return [Policy(source, destination, Protocol.TCP, Ports(port, port)) for port in range(first, first + count)]


@pytest.mark.parametrize(
    ("there", "add", "found"),
    [
        pytest.param(some("a", "b", 1, 2), some("a", "b", 3, 1), (), id="as many as allowed are allowed"),
        pytest.param(
            some("a", "b", 1, 2), some("a", "c", 1, 2), (Exceeded("a", 2, 2, 3),), id="one more is one too many"
        ),
        pytest.param(
            some("a", "b", 1, 3), some("a", "b", 3, 1), (Exceeded("a", 3, 1, 3),), id="what is there counts again"
        ),
        pytest.param(some("b", "a", 1, 9), some("c", "a", 1, 3), (), id="being a destination costs nothing"),
        pytest.param(
            some("b", "x", 1, 4),
            some("a", "b", 1, 1),
            (Exceeded("b", 4, 0, 3),),
            id="an app that is over it already cannot be a destination",
        ),
        pytest.param(
            some("z", "x", 1, 9), some("a", "b", 1, 1), (), id="apps that the request does not name do not matter"
        ),
    ],
)
def test_is_reckoned_as_the_server_does(there: list[Policy], add: list[Policy], found: tuple[Exceeded, ...]) -> None:
    """Existing policies of a source and those added, for every app of the request, against the limit."""
    assert exceeded(add, there, limit=3) == found
