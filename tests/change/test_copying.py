"""Copy the policies of one app to another."""

from cfnet.change import Plan, copy
from tests.policies import policy

LIVE = [
    policy("blue", "db"),
    policy("web", "blue"),
    policy("blue", "blue", 1),
    policy("web", "db"),
    policy("green", "db"),
]


def test_copies_missing_policies_in_both_directions() -> None:
    """A policy from an app to itself becomes one from the other to itself; other policies stay."""
    assert copy(LIVE, "blue", "green") == Plan((policy("green", "green", 1), policy("web", "green")))


def test_removes_the_old_policies_on_request() -> None:
    """After adding the new ones."""
    assert copy(LIVE, "blue", "green", remove_old=True) == Plan(
        (policy("green", "green", 1), policy("web", "green")),
        (policy("blue", "blue", 1), policy("blue", "db"), policy("web", "blue")),
    )


def test_policies_between_the_two_apps_are_not_copied() -> None:
    """They exist for the switch from one app to the other."""
    assert copy([policy("blue", "green"), policy("green", "blue")], "blue", "green") == Plan()
