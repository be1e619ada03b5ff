"""Escape external names for a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.show.printable import printable, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("名前 with space", "名前 with space"),
        ("é and é", "é and é"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x00", "\\x00"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202edef", "abc\\u202edef"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
        (b"half of \xc3".decode(errors="surrogateescape"), "half of \\xc3"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_control_characters_are_escaped(text: str, shown: str) -> None:
    """Visible characters are kept."""
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_no_escaped_text_has_control_characters(text: str) -> None:
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in printable(text))


def test_line_breaks_of_our_own_texts_are_kept() -> None:
    assert printable_lines("a\x1b\nb") == "a\\x1b\nb"
