"""Decodes text from files and pipes: UTF-8 with or without a byte order mark, or UTF-16, as PowerShell writes it."""

from __future__ import annotations

import codecs
from typing import Final

UTF_8: Final = "utf-8-sig"
"""UTF-8; a byte order mark at the start is not part of the text."""

_MARKS: Final = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
                 (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
"""UTF-32 first: its little-endian mark begins with that of UTF-16."""

_HEAD: Final = 4
_NUL: Final = "\0"


def encoding_of(head: bytes) -> str:
    """Guess the encoding of a text from its first bytes, at least four if it has that many.

    Text without a byte order mark is UTF-16 if it begins with an ASCII character and an adjacent zero byte.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    pairs = head[:_HEAD]
    if len(pairs) < _HEAD - 2 or _NUL.encode() not in pairs:
        return UTF_8
    if all(pairs[0::2]) and not any(pairs[1::2]):
        return "utf-16-le"
    if all(pairs[1::2]) and not any(pairs[0::2]):
        return "utf-16-be"
    return UTF_8


def decoded(data: bytes, *, raw: bool = False) -> str:
    """Decode `data`; bytes that are invalid in its encoding become escapes, so that nothing is lost.

    Escapes are a backslash and digits; with `raw`, invalid UTF-8 is decoded with `surrogateescape` instead.
    """
    encoding = encoding_of(data[:_HEAD])
    return data.decode(encoding, errors=errors_in(encoding) if raw else "backslashreplace")


def errors_in(encoding: str) -> str:
    """Return the error handler that preserves invalid bytes if the encoding allows it."""
    return "surrogateescape" if encoding == UTF_8 else "backslashreplace"


def decoded_strictly(data: bytes) -> str:
    """Decode `data`.

    Raises:
        UnicodeDecodeError: a byte is invalid in its encoding.
    """
    return data.decode(encoding_of(data[:_HEAD]))
