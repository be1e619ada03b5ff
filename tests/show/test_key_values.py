"""Tables of names and values."""

from cfnet.show.columns import pairs


def test_values_are_aligned() -> None:
    """Three spaces after the longest name; values are escaped, and lines have no trailing spaces."""
    assert pairs([("user:", "evil\x1b[2J"), ("API endpoint:", "https://x"), ("org:", "")]) == (
        "user:           evil\\x1b[2J\nAPI endpoint:   https://x\norg:\n"
    )
    assert pairs([]) == ""
