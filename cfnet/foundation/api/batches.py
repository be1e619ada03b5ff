"""Splits lists of GUIDs or names into batches, so that no request line is too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST: Final = 200
"""Maximum GUIDs in one request: as many as `cf` sends, which keeps the request line below 8,000 bytes."""

_BYTES: Final = 7_800
_COMMA: Final = len("%2C")


def batches(values: Iterable[str]) -> Iterator[str]:
    """Yield `values` in comma-separated lists of at most `MOST` items and 7,800 encoded bytes."""
    batch: list[str] = []
    room = _BYTES
    for value in values:
        size = len(quote_plus(value)) + _COMMA
        if batch and (size > room or len(batch) == MOST):
            yield ",".join(batch)
            batch, room = [], _BYTES
        batch.append(value)
        room -= size
    if batch:
        yield ",".join(batch)
