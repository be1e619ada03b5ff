"""How a line is meant, and how a terminal shows that: a few tones, each a colour."""

from enum import StrEnum


class Tone(StrEnum):
    """What a reader is to make of a line; the value is what ECMA-48 calls it (select graphic rendition)."""

    PLAIN = ""
    GOOD = "32"
    BAD = "31"
    PLACE = "36"
    """What the lines below are about."""
    QUIET = "2"
    """Evidence, for whoever wants it."""


def toned(text: str, tone: Tone, *, colour: bool) -> str:
    """`text` in the colour of its tone, where there is to be `colour`."""
    return f"\x1b[{tone}m{text}\x1b[0m" if colour and tone and text else text
