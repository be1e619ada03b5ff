"""Text as files and pipes have it: UTF-8 with or without a byte order mark, or UTF-16, as PowerShell writes it."""

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
    """The encoding of a text that begins with the bytes `head`; at least four of them, if there are so many.

    Without a byte order mark, text that begins with an ASCII character and has a zero byte beside it is UTF-16.
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
    """The text in `data`; bytes that are not text in its encoding come as escapes, so that nothing is lost.

    Those are a backslash and digits; with `raw`, in UTF-8, what `surrogateescape` makes of them.
    """
    encoding = encoding_of(data[:_HEAD])
    return data.decode(encoding, errors=errors_in(encoding) if raw else "backslashreplace")


def errors_in(encoding: str) -> str:
    """What reads bytes that are not text in an encoding, as they are where it can."""
    return "surrogateescape" if encoding == UTF_8 else "backslashreplace"


def decoded_strictly(data: bytes) -> str:
    """The text in `data`.

    Raises:
        UnicodeDecodeError: a byte is none in its encoding.
    """
    return data.decode(encoding_of(data[:_HEAD]))
