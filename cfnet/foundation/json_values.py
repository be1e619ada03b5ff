"""Reads typed values from JSON documents, and reports unexpected ones with their position.

They are reported as `WrongShape`; the caller adds which file or server is at fault.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from cfnet.foundation.encodings import decoded_strictly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BARE_KEY = re.compile(r"[\w-]+")
_SURROGATE = re.compile(r"\\u[dD]")
_SURROGATES = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_SHOWN: Final = 60


class WrongShape(ValueError):
    """Invalid JSON, or JSON of an unexpected structure.

    Attributes:
        place: the position, such as `policies[3].destination.ports.start`; empty for the whole document.
        problem: what is wrong, in one line.
    """

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}" if place else problem)
        self.place = place
        self.problem = problem


class JsonValue(NamedTuple):
    """A value in a JSON document and its position; `ABSENT` represents a missing one."""

    value: object
    place: str = ""

    def key(self, name: str) -> JsonValue:
        """Return the value of the key `name`; its value is `ABSENT` if it is missing."""
        inner = name if _BARE_KEY.fullmatch(name) else json.dumps(name)
        return JsonValue(self.members().get(name, ABSENT), f"{self.place}.{inner}" if self.place else inner)

    def members(self) -> dict[str, object]:
        """Return the object."""
        if not isinstance(self.value, dict):
            self.wrong("an object")
        return self.value

    def items(self) -> list[object]:
        """Return the list."""
        if not isinstance(self.value, list):
            self.wrong("a list")
        return self.value

    def nodes(self) -> Iterator[JsonValue]:
        """Yield the items of the list with their positions."""
        return (self.item(position) for position in range(len(self.items())))

    def item(self, position: int) -> JsonValue:
        """Return the item at `position`, from 0."""
        return JsonValue(self.items()[position], f"{self.place}[{position}]")

    def absent(self) -> bool:
        """Return whether the value is missing or null."""
        return self.value is ABSENT or self.value is None

    def text(self, default: str | None = None, *, expected: str = "text") -> str:
        """Return the text; `default`, if given, if it is missing or null."""
        if default is not None and self.absent():
            return default
        if not isinstance(self.value, str):
            self.wrong(expected)
        return self.value

    def name(self, expected: str) -> str:
        """Return the text, which must not be empty."""
        if self.value == "":
            self.wrong(expected)
        return self.text(expected=expected)

    def flag(self, *, default: bool) -> bool:
        """Return true or false; `default` if it is missing or null."""
        if self.absent():
            return default
        if not isinstance(self.value, bool):
            self.wrong("true or false")
        return self.value

    def number(self, default: int | None = None, *, low: int | None = None, high: int | None = None) -> int:
        """Return the integer, from `low` to `high`; `default`, if given, if it is missing or null."""
        if default is not None and self.absent():
            return default
        between = f" from {low} to {high}" if low is not None and high is not None else ""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            self.wrong(f"a whole number{between}")
        if not _is_within(self.value, low, high):
            self.wrong(f"a whole number{between}")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """Return the list of texts; empty if it is missing or null."""
        return () if self.absent() else tuple(item.text() for item in self.nodes())

    def wrong(self, expected: str) -> NoReturn:
        """Raise an error that says that `expected` was expected.

        Raises:
            WrongShape: always.
        """
        raise WrongShape(self.place, f"expected {expected}, found {_shown(self.value)}")


def _is_within(number: int, low: int | None, high: int | None) -> bool:
    return (low is None or low <= number) and (high is None or number <= high)


class _Absent:
    """The type of `ABSENT`."""


ABSENT: Final = _Absent()


def parse(
    data: bytes, *, unique_keys: bool = False, make: Callable[[dict[str, Any]], object] | None = None
) -> JsonValue:
    """Parse the JSON document in `data`: UTF-8 with or without a byte order mark, or UTF-16, as PowerShell writes it.

    `make`, only without `unique_keys`, converts each object, innermost first. It can replace numerous objects by values
    as they are parsed, so that they are never all in memory as objects.

    Raises:
        WrongShape: it is not text, not JSON, or (with `unique_keys`) an object has a duplicate key.
    """
    try:
        text = decoded_strictly(data)
    except UnicodeDecodeError as fault:
        raise WrongShape("", f"not UTF-8 at byte {fault.start + 1}") from fault
    if "\\" in text and _SURROGATE.search(text):  # searching for one character is much faster
        text = _SURROGATES.sub(_whole, text)
    pairs = _unique_keys if unique_keys else None
    try:
        return JsonValue(json.loads(text, object_hook=make, object_pairs_hook=pairs, parse_constant=_no_constant))
    except json.JSONDecodeError as fault:
        what = f"{fault.msg}, line {fault.lineno} column {fault.colno}" if text.strip() else "it is empty"
        raise WrongShape("", f"not JSON: {what}") from fault
    except WrongShape:
        raise
    except (RecursionError, ValueError) as fault:  # too deeply nested; a number with too many digits for Python
        raise WrongShape("", f"JSON that cannot be parsed: {fault}") from fault


def _whole(escape: re.Match[str]) -> str:
    """Replace the escape of an unpaired surrogate by U+FFFD, as Go does, which wrote or reads the document."""
    return "\\ufffd" if escape["half"] else escape[0]


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise WrongShape("", f"duplicate key {_shown(key)} in an object")
            seen.add(key)
    return made


def _no_constant(name: str) -> NoReturn:
    raise WrongShape("", f"not JSON: {name} is not a JSON number")


def _shown(value: object) -> str:
    """Describe a value briefly, on one line."""
    if isinstance(value, _Absent):
        return "nothing"
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= _SHOWN else f'"{value[:_SHOWN]}…"'
    return json.dumps(value)
