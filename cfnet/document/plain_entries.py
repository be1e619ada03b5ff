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
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.document.grammar import PORT
from cfnet.document.nodes import PlainEntry
from cfnet.document.place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKER: Final = "\ue000"
"""The item that replaces a run: a character for private use, which is not in the document."""

_PART: Final = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,250}"
_NAME: Final = (
    r"(?!(?i:null|true|false|yes|no|on|off)[,}\n])"  # in YAML, these are not texts
    rf"([A-Za-z_][A-Za-z0-9_.-]{{0,250}}(?:/{_PART}/{_PART})?)"
)
_PORTS: Final = f"({PORT}(?:-{PORT})?)"
_ENTRY = re.compile(
    r"^( *+)- (?:"
    rf"\{{source: {_NAME}, destination: {_NAME}(?:(?:, protocol: (tcp|udp))?, ports: {_PORTS})?\}}\n"
    rf"|source: {_NAME}\n\1  destination: {_NAME}\n(?:(?:\1  protocol: (tcp|udp)\n)?\1  ports: {_PORTS}\n)?"
    r")(?!\1 +[^ \n#])",  # otherwise the entry has another line
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
        if _is_backward(found):
            continue
        start = found.start()
        if start != end or found[1] != indentation:
            parts += (text[end:start], f"{found[1]}- {MARKER}")
            line += text.count("\n", end, start)
            indentation = found[1]
            runs.append(PlainRun(Place(file, line, len(indentation) + 3), []))
        lines = _one_line(found, file, line, runs) if found[2] else _several_lines(found, file, line, runs)
        parts.append("\n" * lines)
        line += lines
        end = found.end()
    return ShortenedText("".join([*parts, text[end:]]), runs)


def _is_backward(found: re.Match[str]) -> bool:
    """Whether the ports are a range whose first port is the higher one."""
    first, hyphen, last = (found[5] or found[9] or "").partition("-")
    return bool(hyphen) and int(first) > int(last)


def _one_line(found: re.Match[str], file: str, line: int, runs: Sequence[PlainRun]) -> int:
    """Add an entry in braces to the last run; return the number of its lines."""
    _, source, destination, protocol, ports, *_ = found.groups()
    before = found.start() - 1
    place = _new(Place, (file, line, found.end(1) - before + 2))
    first = _new(Place, (file, line, found.start(2) - before))
    second = _new(Place, (file, line, found.start(3) - before))
    third = _new(Place, (file, line, found.start(5) - before)) if ports else place
    runs[-1].entries.append(_new(PlainEntry, (place, source, first, destination, second, protocol, ports, third)))
    return 1


def _several_lines(found: re.Match[str], file: str, line: int, runs: Sequence[PlainRun]) -> int:
    """Add an entry with a line for each key to the last run; return the number of its lines."""
    indentation, _, _, _, _, source, destination, protocol, ports = found.groups()
    column = len(indentation) + 3
    lines = 3 if protocol else 2
    place = _new(Place, (file, line, column))
    first = _new(Place, (file, line, column + len("source: ")))
    second = _new(Place, (file, line + 1, column + len("destination: ")))
    third = _new(Place, (file, line + lines, column + len("ports: "))) if ports else place
    runs[-1].entries.append(_new(PlainEntry, (place, source, first, destination, second, protocol, ports, third)))
    return lines + bool(ports)
