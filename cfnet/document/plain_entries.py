"""Recognize plain entries of `policies` in the text of a document, so that the YAML parser need not read them.

A large document consists of entries with two names, a protocol and a port, without quotes, comments and variables:

    - {source: web, destination: backend, ports: 8080}
    - source: web
      destination: shop/prod/backend
      protocol: udp
      ports: 9000-9010

What such lines mean only depends on where they are. Each run of them is replaced by a single item, with the same number
of lines. If the parser finds that item whole, in the list `policies`, then the lines are entries of it; otherwise (they
may be a part of a quoted text) the parser has to read the original text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.document.nodes import PlainEntry
from cfnet.document.place import Place
from cfnet.policy.ports import HIGHEST

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKER: Final = "\ue000"
"""The item that replaces a run: a character for private use, which is not in the document."""

_PART: Final = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,250}"
_NAME: Final = (
    r"(?!(?i:null|true|false|yes|no|on|off)[,}\n])"  # in YAML, these are not texts
    rf"([A-Za-z_][A-Za-z0-9_.-]{{0,250}}(?:/{_PART}/{_PART})?)"
)
_PORTS: Final = "([1-9][0-9]{0,4}(?:-[1-9][0-9]{0,4})?)"
_NEXT: Final = r"(?(2), |\n\1  )"
"""What separates a value from the next key, in braces and otherwise."""
_ENTRY = re.compile(
    rf"^( *+)- (\{{)?source: {_NAME}{_NEXT}destination: {_NAME}"
    rf"(?:(?:{_NEXT}protocol: (tcp|udp))?{_NEXT}ports: {_PORTS})?(?(2)\}}\n|\n)"
    r"(?!\1 +[^ \n#])",  # otherwise the entry has another line
    re.MULTILINE,
)
_new = tuple.__new__
"""Creates a NamedTuple without a call in between."""


class MisplacedRun(Exception):
    """A run of plain entries is elsewhere than in the list `policies`: the original text has to be read."""


class PlainRun(NamedTuple):
    """Plain entries that follow each other, and the place of the first one."""

    place: Place
    entries: list[PlainEntry]

    @property
    def values(self) -> int:
        """The number of YAML values in them."""
        return sum(entry.values for entry in self.entries)


class ShortenedText(NamedTuple):
    """A document in which each run of plain entries is replaced by one item, and the runs in order."""

    text: str
    runs: Sequence[PlainRun]


def shortened(text: str, file: str) -> ShortenedText:
    """Replace the runs of plain entries in the text of a document."""
    if MARKER in text:
        return ShortenedText(text, ())
    parts: list[str] = []
    runs: list[PlainRun] = []
    indentation = None
    line, end = 1, 0
    for found in _ENTRY.finditer(text):
        ports = found[6]
        if ports and not _are_valid(ports):
            continue
        start = found.start()
        if start != end or found[1] != indentation:
            parts += (text[end:start], f"{found[1]}- {MARKER}")
            line += text.count("\n", end, start)
            indentation = found[1]
            runs.append(PlainRun(Place(file, line, len(indentation) + 3), []))
        entry, lines = (_one_line if found[2] else _several_lines)(found, file, line)
        runs[-1].entries.append(entry)
        parts.append("\n" * lines)
        line += lines
        end = found.end()
    return ShortenedText("".join([*parts, text[end:]]), runs)


@lru_cache(maxsize=1 << 10)
def _are_valid(ports: str) -> bool:
    """Whether digits, or two numbers with a hyphen, are a port or a range of ports."""
    first, _, last = ports.partition("-")
    return int(first) <= int(last or first) <= HIGHEST


def _one_line(found: re.Match[str], file: str, line: int) -> tuple[PlainEntry, int]:
    """Return an entry in braces, and the number of its lines."""
    _, _, source, destination, protocol, ports = found.groups()
    before = found.start() - 1
    place = _new(Place, (file, line, found.start(2) - before))
    first = _new(Place, (file, line, found.start(3) - before))
    second = _new(Place, (file, line, found.start(4) - before))
    third = _new(Place, (file, line, found.start(6) - before)) if ports else place
    return _new(PlainEntry, (place, source, first, destination, second, protocol, ports, third)), 1


def _several_lines(found: re.Match[str], file: str, line: int) -> tuple[PlainEntry, int]:
    """Return an entry with a line for each key, and the number of its lines."""
    indentation, _, source, destination, protocol, ports = found.groups()
    column = len(indentation) + 3
    lines = 3 if protocol else 2
    place = _new(Place, (file, line, column))
    first = _new(Place, (file, line, column + len("source: ")))
    second = _new(Place, (file, line + 1, column + len("destination: ")))
    third = _new(Place, (file, line + lines, column + len("ports: "))) if ports else place
    entry = _new(PlainEntry, (place, source, first, destination, second, protocol, ports, third))
    return entry, lines + bool(ports)
