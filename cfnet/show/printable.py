"""Escapes foreign text for a terminal, so that control characters are shown and have no effect."""

_ESCAPED = 0xDC00
_BYTES = frozenset(map(chr, range(0xDC80, 0xDD00)))
"""The characters that represent bytes that are not text (`surrogateescape`)."""
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def printable(text: str) -> str:
    r"""Escape every character of `text` that is invisible or that a terminal might interpret.

    These are control characters (`\x1b`, `\n`, and 0x80 to 0x9f), invisible format characters (including those that
    change the direction of writing), blanks that look like a space or like nothing, line and paragraph separators,
    surrogates and unassigned characters. Bytes that are not text are written as `\xff`. All other characters, in any
    script, are left unchanged.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def printable_lines(text: str) -> str:
    """Apply `printable` to each line: for our own texts that contain foreign parts."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _shown(character: str) -> str:
    import unicodedata  # noqa: PLC0415 - most texts need neither

    from cfnet.policy.invisible import find_invisible  # noqa: PLC0415

    if unicodedata.category(character) not in _UNSAFE and not find_invisible(character):
        return character
    if character in _BYTES:
        return f"\\x{ord(character) - _ESCAPED:02x}"
    return character.encode("unicode_escape").decode("ascii") if ord(character) > 0 else "\\x00"
