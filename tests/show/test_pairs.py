"""Tables of names and values."""

from cfnet.show.key_values import pairs


def test_the_values_have_a_column_of_their_own() -> None:
    """Three spaces behind the longest name; values are made safe, and no line ends in a space."""
    assert pairs([("user:", "evil\x1b[2J"), ("API endpoint:", "https://x"), ("org:", "")]) == (
        "user:           evil\\x1b[2J\nAPI endpoint:   https://x\norg:\n"
    )
    assert pairs([]) == ""
