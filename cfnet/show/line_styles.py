"""How a line is meant, and how a terminal shows that: a few tones, each a colour."""

from enum import StrEnum
from typing import Final


class LineStyle(StrEnum):
    """What a reader is to make of a line; the value is what ECMA-48 calls it (select graphic rendition)."""

    PLAIN = ""
    GOOD = "32"
    BAD = "31"
    UNSURE = "33"
    PLACE = "36"
    """What the lines below are about."""
    TITLE = "1"
    QUIET = "2"
    """Evidence, for whoever wants it."""


_BY_SIGN: Final = {"+": LineStyle.GOOD, "-": LineStyle.BAD, "?": LineStyle.UNSURE, "@": LineStyle.PLACE}


def styled(text: str, style: LineStyle, *, colour: bool) -> str:
    """`text` in the colour of its tone, where there is to be `colour`."""
    return f"\x1b[{style}m{text}\x1b[0m" if colour and style and text else text


def styled_by_sign(line: str, *, colour: bool) -> str:
    """A line of a diff in the tone of the sign that it begins with."""
    return styled(line, _BY_SIGN.get(line[:1], LineStyle.PLAIN), colour=colour)
