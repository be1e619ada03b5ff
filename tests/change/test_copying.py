"""An app gets the policies of another."""

from cfnet.change import Plan, copy
from tests.policies import policy

LIVE = [
    policy("blue", "db"),
    policy("web", "blue"),
    policy("blue", "blue", 1),
    policy("web", "db"),
    policy("green", "db"),
]


def test_copies_both_directions_and_only_what_is_missing() -> None:
    """A policy of an app with itself becomes one of the other with itself; the rest of the foundation stays."""
    assert copy(LIVE, "blue", "green") == Plan((policy("green", "green", 1), policy("web", "green")))


def test_takes_the_old_ones_away_where_told() -> None:
    """After the new ones are there."""
    assert copy(LIVE, "blue", "green", remove_old=True) == Plan(
        (policy("green", "green", 1), policy("web", "green")),
        (policy("blue", "blue", 1), policy("blue", "db"), policy("web", "blue")),
    )


def test_makes_no_policy_of_the_new_app_with_itself() -> None:
    """A policy between the two apps is about the switch from one to the other."""
    assert copy([policy("blue", "green"), policy("green", "blue")], "blue", "green") == Plan()
