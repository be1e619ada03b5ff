"""Text functions that behave like those of Go, in which the policy agent is written."""

import re
from typing import Final

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_ESCAPED = re.compile('["\\\\<>&\u2028\u2029\x00-\x1f]')
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", '"': '\\"', "\\": "\\\\"}


def json_text(text: str) -> str:
    """Escape `text` for a JSON string like Go's encoding/json, which also escapes HTML."""
    if not _ESCAPED.search(text):
        return text
    return _ESCAPED.sub(lambda found: _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}", text)


def trimmed(text: str) -> str:
    """`strings.TrimSpace(text)`."""
    return text.strip(_SPACE)


def integer(text: str) -> int:
    """`strconv.Atoi(strings.TrimSpace(text))`, for numbers of any length.

    Raises:
        ValueError: `text` is not an integer.
    """
    number = trimmed(text)
    if not _INTEGER.fullmatch(number):
        raise ValueError(f"not an integer: {text!r}")
    return int(number)


def cut(text: str, length: int) -> str:
    """Cut `text` to `length` bytes of UTF-8, as Go slices strings; a partial character becomes surrogate escapes."""
    if text.isascii():
        return text[:length]
    return in_go(text).encode()[:length].decode(errors="surrogateescape")


def in_go(text: str) -> str:
    """Replace lone surrogates, which Go strings cannot contain, with U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
