"""Reads a stream of JSON values in any layout: one value per line, or the output of `jq .`, `jq -s` or `jq --seq`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from cfnet.foundation.json_values import JsonValue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

_BETWEEN = re.compile(r"[ \t\r\n\x1e\ufeff]*")
"""White space, the separator of RFC 7464 (JSON text sequences), and byte order marks of concatenated files."""


class NotJson(ValueError):
    """The text is not a stream of JSON values.

    Attributes:
        line: the number of the line, from 1.
        problem: what is wrong, and in which column.
    """

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


def values(text: str) -> Iterator[tuple[int, JsonValue]]:
    """Yield each value of a stream, with the number of its first line.

    The items of a list count as values of the stream, so that a long list is never in memory as a whole.

    Raises:
        NotJson: the text is not a stream of JSON values.
    """
    return _Reading(text).values()


class _Reading:
    """The position in a text that is being read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._decode = json.JSONDecoder(parse_constant=self._refuse_constant).raw_decode
        self._at = 0
        self._line = 1
        self._counted = 0

    def values(self) -> Iterator[tuple[int, JsonValue]]:
        depth = 0
        while first := self._next():
            if first == "[":
                self._at += 1
                depth += 1
            if first != "[" or self._next() == "]":
                if first != "[":
                    yield self._value()
                depth = self._after_value(depth)
        if depth:
            self._refuse("the list does not end", self._at)

    def _after_value(self, depth: int) -> int:
        """Skip the ends of `depth` open lists, or the comma before the next item; return how many are still open."""
        while depth:
            following = self._next()
            if following not in ("]", ","):
                self._refuse("expected ',' or ']'" if following else "the list does not end", self._at)
            self._at += 1
            if following == ",":
                break
            depth -= 1
        return depth

    def _value(self) -> tuple[int, JsonValue]:
        line = self._line_of(self._at)
        try:
            value, self._at = self._decode(self._text, self._at)
        except json.JSONDecodeError as fault:
            self._refuse(fault.msg, fault.pos)
        except NotJson:
            raise
        except (RecursionError, ValueError) as fault:  # too deeply nested; a number with too many digits for Python
            self._refuse(str(fault), self._at)
        return line, JsonValue(value)

    def _next(self) -> str:
        """Return the next character that is not white space; empty at the end."""
        between = _BETWEEN.match(self._text, self._at)
        self._at = between.end() if between else self._at
        return self._text[self._at : self._at + 1]

    def _line_of(self, at: int) -> int:
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._line

    def _refuse(self, what: str, at: int) -> NoReturn:
        column = at - self._text.rfind("\n", 0, at)
        raise NotJson(self._line_of(at), f"{what}, column {column}")

    def _refuse_constant(self, name: str) -> NoReturn:
        self._refuse(f"{name} is not a JSON number", self._at)
