"""A YAML text as it stands, before anybody asks what it means: texts, lists and tables, each with its place."""

import re
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from cfnet.document.place import Place


class ScalarKind(Enum):
    """What a scalar is."""

    TEXT = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    NULL = auto()
    VARIABLE = auto()
    """A text that has a fault already: a `((name))` without a value, or an invisible character."""


class Scalar(NamedTuple):
    """A text, a number, a truth value or nothing, as it is written (without its quotes)."""

    text: str
    kind: ScalarKind
    place: Place

    def __str__(self) -> str:
        """How a fault quotes it: texts in quotes, everything else as written, nothing longer than a line."""
        match self.kind:
            case ScalarKind.NULL:
                return "nothing"
            case ScalarKind.TEXT | ScalarKind.VARIABLE:
                return f'"{shortened(self.text)}"'
            case ScalarKind.NUMBER | ScalarKind.BOOLEAN:
                return shortened(self.text)


class Sequence(NamedTuple):
    """A YAML sequence: a list."""

    items: "tuple[Node, ...]"
    place: Place

    def __str__(self) -> str:
        return "a list" if self.items else "an empty list"


class Mapping(NamedTuple):
    """A YAML mapping: a table of keys, no two of them the same.

    `merged` tells that it has a merge key: keys that seem to be missing may be meant by that.
    """

    pairs: "tuple[tuple[Scalar, Node], ...]"
    place: Place
    merged: bool = False

    def __str__(self) -> str:
        return "a mapping" if self.pairs else "an empty mapping"

    def get(self, key: str) -> "Node | None":
        """What stands under `key`, None where the key is not there."""
        for found, value in self.pairs:
            if found.text == key:
                return value
        return None


Node: TypeAlias = Scalar | Sequence | Mapping

_LONGEST = 60

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = frozenset(
    form for word in ("true", "false", "yes", "no", "on", "off") for form in (word, word.title(), word.upper())
)
_NUMBER = re.compile(
    r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+"
    r"|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"  # sexagesimal, of YAML 1.1
    r"|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"
    r"|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
)


def kind_of(plain: str) -> ScalarKind:
    """What a scalar without quotes is, by YAML 1.1 or by YAML 1.2.

    Where the two disagree (`on`, `0o17`, `1e3`) editors and CI scripts would read different things: what is no text
    in either is none here, so that quotes have to make it one.
    """
    if plain in _NULLS:
        return ScalarKind.NULL
    if plain in _BOOLEANS:
        return ScalarKind.BOOLEAN
    if plain[0] in "+-.0123456789" and _NUMBER.fullmatch(plain):
        return ScalarKind.NUMBER
    return ScalarKind.TEXT


def shortened(text: str) -> str:
    """`text`, cut where it is too long for a line."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
