"""Patterns with `*`: whether one text can match two of them."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.document.wildcards import matches, overlap

PATTERNS = st.text("ab*", max_size=5)


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("a", "A", True),
        ("a", "b", False),
        ("a*", "ab", True),
        ("a*", "ba", False),
        ("a*", "*b", True),
        ("a*", "b*", False),
        ("*a", "*b", False),
        ("ab*", "a*", True),
        ("*x*", "*y*", True),
        ("a*b", "a", False),
        ("*", "", True),
    ],
)
def test_patterns_overlap(one: str, two: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    """In either order."""
    assert overlap(one, two) is overlap(two, one) is expected


TEXTS = ["".join(letters) for length in range(9) for letters in product("ab", repeat=length)]


@given(PATTERNS, PATTERNS)
def test_overlapping_patterns_have_a_common_match(one: str, two: str) -> None:
    """Compared with all texts up to the length that two such short patterns need."""
    assert overlap(one, two) == any(matches(one, text) and matches(two, text) for text in TEXTS)
