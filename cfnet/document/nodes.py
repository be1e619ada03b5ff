"""Parsed but uninterpreted YAML: scalars, sequences and mappings, each with its place."""

import re
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from cfnet.document.place import Place


class ScalarKind(Enum):
    """The kind of a scalar."""

    TEXT = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    NULL = auto()
    VARIABLE = auto()
    """A text with a reported fault: an unset `((name))` or an invisible character."""


class Scalar(NamedTuple):
    """A text, number, boolean or null, as written but without quotes."""

    text: str
    kind: ScalarKind
    place: Place

    def __str__(self) -> str:
        """The value for use in faults: text in quotes, everything else as written, shortened to fit a line."""
        match self.kind:
            case ScalarKind.NULL:
                return "nothing"
            case ScalarKind.TEXT | ScalarKind.VARIABLE:
                return f'"{shortened(self.text)}"'
            case ScalarKind.NUMBER | ScalarKind.BOOLEAN:
                return shortened(self.text)


class Sequence(NamedTuple):
    """A YAML sequence."""

    items: "tuple[Node, ...]"
    place: Place

    def __str__(self) -> str:
        return "a list" if self.items else "an empty list"


class Mapping(NamedTuple):
    """A YAML mapping with unique keys.

    `merged` is set if it has a merge key, which may provide keys that seem to be missing.
    """

    pairs: "tuple[tuple[Scalar, Node], ...]"
    place: Place
    merged: bool = False

    def __str__(self) -> str:
        return "a mapping" if self.pairs else "an empty mapping"

    def get(self, key: str) -> "Node | None":
        """Return the value of `key`, or None."""
        for found, value in self.pairs:
            if found.text == key:
                return value
        return None


class PlainEntry(NamedTuple):
    """An item of `policies` with two names and ports, all valid and without quotes, variables and comments.

    It stands for a mapping of scalars. Documents have up to 100,000 of them, which is too many for nodes.

    Attributes:
        place: where it is.
        source: the name of the source app, as written.
        source_place: where that is.
        destination: the name of the destination app, as written.
        destination_place: where that is.
        protocol: `tcp` or `udp`; None if not given.
        ports: a port or a range; None if not given.
        ports_place: where that is; otherwise where the entry is.
    """

    place: Place
    source: str
    source_place: Place
    destination: str
    destination_place: Place
    protocol: str | None
    ports: str | None
    ports_place: Place

    @property
    def values(self) -> int:
        """The number of YAML values: the mapping, its keys and their values."""
        return 5 + 2 * bool(self.ports) + 2 * bool(self.protocol)

    def __str__(self) -> str:
        return "a mapping"


Node: TypeAlias = Scalar | Sequence | Mapping | PlainEntry

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
    """Return the kind of an unquoted scalar according to YAML 1.1 or YAML 1.2.

    Tools differ on values such as `on`, `0o17` and `1e3`. A value that either version does not read as text is not
    text here, so it must be quoted.
    """
    if plain in _NULLS:
        return ScalarKind.NULL
    if plain in _BOOLEANS:
        return ScalarKind.BOOLEAN
    if plain[0] in "+-.0123456789" and _NUMBER.fullmatch(plain):
        return ScalarKind.NUMBER
    return ScalarKind.TEXT


def shortened(text: str) -> str:
    """Shorten `text` to fit a line."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
