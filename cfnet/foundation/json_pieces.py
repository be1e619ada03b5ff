"""Parses the long list of a JSON document piece by piece, so that it is never all in memory as objects."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

PIECE_BYTES: Final = 1 << 20
"""The least that is parsed at once."""

_BETWEEN = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*(?=\{)")
_HALF_SURROGATES: Final = (b"\\ud", b"\\uD")


class NotInPieces(ValueError):
    """The document has to be parsed as a whole: it has another form, or is invalid."""


def pieces(data: bytes, key: str, size: int = PIECE_BYTES) -> Iterator[list[Any]]:
    """Yield the items of the list under `key` of an object in UTF-8, those of at least `size` bytes at a time.

    A piece ends between two objects. If that is within a string or an inner list, the piece is invalid JSON.

    Raises:
        NotInPieces: there is no such list, other lists beside it, or anything that only `json_values.parse` handles.
    """
    first, last = data.find(b"[") + 1, data.rfind(b"]")
    if not 0 < first <= last or not data.startswith(b"{") or any(half in data for half in _HALF_SURROGATES):
        raise NotInPieces
    around = _parsed(data[:first] + data[last:])
    if not isinstance(around, dict) or around.get(key) != []:
        raise NotInPieces
    at = first
    while at < last:
        between = _BETWEEN.search(data, at + size, last)
        end = between.start() + 1 if between else last
        yield _parsed(b"[" + data[at:end] + b"]")
        at = between.end() if between else last


def _parsed(data: bytes) -> Any:  # noqa: ANN401 - parsed JSON, on its way to become values
    try:
        return json.loads(data.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as fault:
        raise NotInPieces from fault


def _refuse(name: str) -> NoReturn:
    raise NotInPieces(name)
