"""Detection of invisible characters in names: no-break and zero-width spaces, format and direction controls."""

import re
import unicodedata
from typing import Final

INVISIBLE_CLASS: Final = (
    r"\u00a0\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    r"\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
"""Invisible characters of the Basic Multilingual Plane, as a character class for Python and JavaScript regexes."""

_INVISIBLE: Final = (
    rf"[{INVISIBLE_CLASS}\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff]"
)
"""Not compiled here, which takes milliseconds: most texts are ASCII."""


def find_invisible(text: str) -> re.Match[str] | None:
    """Return the first character of `text` that is invisible or looks like an ordinary space, or None."""
    return None if text.isascii() else re.search(_INVISIBLE, text)


def without_invisible(text: str) -> str:
    """Remove all invisible characters from `text`."""
    return text if text.isascii() else re.sub(_INVISIBLE, "", text)


def character_name(character: str) -> str:
    """Return the code point and Unicode name, if it has one: `U+00A0 (NO-BREAK SPACE)`."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} ({name})" if name else f"U+{ord(character):04X}"
