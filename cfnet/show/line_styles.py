"""The styles of output lines by meaning, and their terminal colours."""

from enum import StrEnum
from typing import Final


class LineStyle(StrEnum):
    """The role of a line; the value is its SGR parameter (ECMA-48, select graphic rendition)."""

    PLAIN = ""
    GOOD = "32"
    BAD = "31"
    UNSURE = "33"
    PLACE = "36"
    """The subject of the lines below."""
    TITLE = "1"
    QUIET = "2"
    """Supporting details."""


_BY_SIGN: Final = {"+": LineStyle.GOOD, "-": LineStyle.BAD, "?": LineStyle.UNSURE, "@": LineStyle.PLACE}


def styled(text: str, style: LineStyle, *, colour: bool) -> str:
    """Colour `text` according to its style, if `colour` is on."""
    return f"\x1b[{style}m{text}\x1b[0m" if colour and style and text else text


def styled_by_sign(line: str, *, colour: bool) -> str:
    """Colour a line of a diff according to its sign."""
    return styled(line, _BY_SIGN.get(line[:1], LineStyle.PLAIN), colour=colour)
