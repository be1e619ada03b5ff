"""Splits a long list in a JSON document into pieces, so that not all of its objects are in memory at once."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

PIECE_BYTES: Final = 1 << 20
"""The minimum size of a piece."""

_BETWEEN = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*(?=\{)")
_HALF_SURROGATES: Final = (b"\\ud", b"\\uD")


class NotInPieces(ValueError):
    """The document must be parsed as a whole, because it has another structure or is invalid."""


def pieces(data: bytes, key: str, size: int = PIECE_BYTES) -> Iterator[str]:
    """Yield the text between the brackets of the list `key` of an object in UTF-8, in pieces of at least `size` bytes.

    A piece ends between two objects, without the comma. If that is inside a string or a nested list, the piece is
    invalid (`items`).

    Raises:
        NotInPieces: there is no such list, or another one, or anything that only `json_values.parse` can handle.
    """
    first, last = data.find(b"[") + 1, data.rfind(b"]")
    if not 0 < first <= last or not data.startswith(b"{") or _has_surrogates(data):
        raise NotInPieces
    around = _parsed(_decoded(data[:first] + data[last:]))
    if not isinstance(around, dict) or around.get(key) != []:
        raise NotInPieces
    at = first
    while at < last:
        between = _BETWEEN.search(data, at + size, last)
        end = between.start() + 1 if between else last
        yield _decoded(data[at:end])
        at = between.end() if between else last


def items(piece: str) -> list[Any]:
    """Parse the items of a piece.

    Raises:
        NotInPieces: it is invalid.
    """
    return list(_parsed(f"[{piece}]"))


def _has_surrogates(data: bytes) -> bool:
    # Searching for one byte is much faster, and usually there is none.
    return b"\\" in data and any(half in data for half in _HALF_SURROGATES)


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as fault:
        raise NotInPieces from fault


def _parsed(text: str) -> Any:  # noqa: ANN401 - parsed JSON
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as fault:
        raise NotInPieces from fault


def _refuse(name: str) -> NoReturn:
    raise NotInPieces(name)
