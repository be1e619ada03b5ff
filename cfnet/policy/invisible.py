"""Characters in names that nobody can see: no-break and zero-width blanks, format characters, controls of direction."""

import re
import unicodedata
from typing import Final

INVISIBLE_CLASS: Final = (
    r"\u00a0\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    r"\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
"""Those of the Basic Multilingual Plane, for a character class in Python's and in JavaScript's regular expressions."""

_INVISIBLE = re.compile(
    rf"[{INVISIBLE_CLASS}\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff]"
)


def find_invisible(text: str) -> re.Match[str] | None:
    """The first character of `text` that cannot be seen, or told from an ordinary space; None if there is none."""
    return None if text.isascii() else _INVISIBLE.search(text)


def without_invisible(text: str) -> str:
    """`text` without such characters."""
    return _INVISIBLE.sub("", text)


def character_name(character: str) -> str:
    """`U+00A0 (NO-BREAK SPACE)`; without a name where Unicode gives none."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} ({name})" if name else f"U+{ord(character):04X}"
