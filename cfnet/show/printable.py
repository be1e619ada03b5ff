"""Names and texts from outside, made safe for a terminal: control characters are shown, not obeyed."""

import unicodedata

from cfnet.policy.invisible import find_invisible

_ESCAPED = 0xDC00
_BYTES = frozenset(map(chr, range(0xDC80, 0xDD00)))
"""What stands for a byte that is not text (`surrogateescape`)."""
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def printable(text: str) -> str:
    r"""`text` with every character that a terminal might obey, or that nobody can see, written as an escape.

    That is the control characters (`\x1b`, `\n`, and 0x80 to 0x9f), the invisible format characters (among them
    those that turn the direction of writing), blanks that look like a space or like nothing, line and paragraph
    separators, surrogates and unassigned ones. A byte that is not text is written as `\xff`.
    Everything else, in any script, stays as it is.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def printable_lines(text: str) -> str:
    """`printable` of each line: for texts of our own that hold foreign parts."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE and not find_invisible(character):
        return character
    if character in _BYTES:
        return f"\\x{ord(character) - _ESCAPED:02x}"
    return character.encode("unicode_escape").decode("ascii") if ord(character) > 0 else "\\x00"
