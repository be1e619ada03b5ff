"""Match names against patterns with `*`, singly or through an index of many patterns.

A `*` matches any text. Comparison is case-insensitive, as in the Cloud Controller, and takes linear time: there is no
backtracking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

WILDCARD: Final = "*"

_INFIX: Final = 3
"""Number of parts of a pattern like `*x*`."""

_Value = TypeVar("_Value")


def matches(pattern: str, text: str) -> bool:
    """Whether `text` matches `pattern`."""
    return _matches(_parts(pattern), text.lower())


def overlap(one: str, two: str) -> bool:
    """Whether some text can match both patterns."""
    ones, twos = _parts(one), _parts(two)
    if len(ones) == 1:
        return _matches(twos, ones[0])
    if len(twos) == 1:
        return _matches(ones, twos[0])
    # The middle parts of both patterns can follow each other, so only the ends can conflict.
    starts, ends = (ones[0], twos[0]), (ones[-1], twos[-1])
    return (starts[0].startswith(starts[1]) or starts[1].startswith(starts[0])) and (
        ends[0].endswith(ends[1]) or ends[1].endswith(ends[0])
    )


def _parts(pattern: str) -> list[str]:
    """Split a pattern at its wildcards, in lower case."""
    return pattern.lower().split(WILDCARD)


def _matches(parts: list[str], text: str) -> bool:
    first, *middle = parts
    if not middle:
        return text == first
    last = middle.pop()
    start, end = len(first), len(text) - len(last)
    if start > end or not (text.startswith(first) and text.endswith(last)):
        return False
    for part in middle:
        # The leftmost match leaves the most room for the remaining parts.
        start = text.find(part, start, end)
        if start < 0:
            return False
        start += len(part)
    return True


class WildcardIndex(Generic[_Value]):
    """An index of values by pattern, which finds all patterns that match a text without trying each.

    Patterns are looked up by the text before their first and after their last `*`. Only patterns of the form `*x*`,
    which have neither, are tried one by one.
    """

    def __init__(self) -> None:
        self._exact: dict[str, list[_Value]] = {}
        self._by_ends: dict[tuple[str, str], list[tuple[list[str], _Value]]] = {}
        self._sizes: set[tuple[int, int]] = set()
        self._infixes: list[tuple[str, _Value]] = []

    def add(self, pattern: str, value: _Value) -> None:
        """Add a value under a pattern."""
        parts = _parts(pattern)
        first, *middle = parts
        if not middle:
            self._exact.setdefault(first, []).append(value)
        elif len(parts) == _INFIX and not (first or parts[-1]):
            self._infixes.append((parts[1], value))
        else:
            ends = (first, parts[-1])
            self._by_ends.setdefault(ends, []).append((parts, value))
            self._sizes.add((len(ends[0]), len(ends[1])))

    def find(self, text: str) -> Iterator[_Value]:
        """Yield the values whose pattern matches `text`, in no particular order."""
        lower = text.lower()
        yield from self._exact.get(lower, ())
        yield from [value for infix, value in self._infixes if infix in lower]
        for start, end in self._sizes:
            group = (
                self._by_ends.get((lower[:start], lower[len(lower) - end :]), ()) if start + end <= len(lower) else ()
            )
            yield from [value for parts, value in group if _matches(parts, lower)]
