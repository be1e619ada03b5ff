"""Lists of GUIDs and names for a query, cut so that no request line grows too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST: Final = 200
"""GUIDs in one request: what `cf` sends, and what stays below 8,000 bytes of request line."""

_BYTES: Final = 7_800
_COMMA: Final = len("%2C")


def batches(values: Iterable[str]) -> Iterator[str]:
    """`values` as comma-separated lists of at most `MOST`, each at most 7,800 bytes long when it is encoded."""
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
