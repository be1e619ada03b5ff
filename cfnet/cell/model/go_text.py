"""Texts as the agent, a Go program, makes and reads them."""

import re
from typing import Final

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_ESCAPED = re.compile('["\\\\<>&\u2028\u2029\x00-\x1f]')
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", '"': '\\"', "\\": "\\\\"}


def json_text(text: str) -> str:
    """`text` as it stands between the quotes of a JSON string of Go's (encoding/json, which escapes HTML too)."""
    if not _ESCAPED.search(text):
        return text
    return _ESCAPED.sub(lambda found: _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}", text)


def trimmed(text: str) -> str:
    """`strings.TrimSpace(text)`."""
    return text.strip(_SPACE)


def integer(text: str) -> int:
    """`strconv.Atoi(strings.TrimSpace(text))`, but that a number may be of any length.

    Raises:
        ValueError: that is no whole number.
    """
    number = trimmed(text)
    if not _INTEGER.fullmatch(number):
        raise ValueError(f"no whole number: {text!r}")
    return int(number)


def cut(text: str, length: int) -> str:
    """`text` cut to `length` bytes of UTF-8, as Go slices a string; half a character stays, as surrogate escapes."""
    if text.isascii():
        return text[:length]
    return in_go(text).encode()[:length].decode(errors="surrogateescape")


def in_go(text: str) -> str:
    """`text` as Go has it, whose strings cannot hold halves of surrogate pairs: they are U+FFFD there."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
