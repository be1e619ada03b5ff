"""Tables in the layout of `cf`: columns as wide as their widest cell, three spaces apart, the last one not padded."""

import unicodedata
from collections.abc import Iterable, Sequence

from cfnet.show.printable import printable

_GAP = 3
_BOLD, _PLAIN = "\x1b[1m", "\x1b[22m"


def width(text: str) -> int:
    """Return the terminal columns that `text` takes: two for East Asian wide characters, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def columns(header: Sequence[str], rows: Iterable[Sequence[str]], *, colour: bool) -> str:
    """Format `rows` as a table under `header`, which is bold with `colour`; every line ends with a newline.

    Rows must have as many cells as the header. Cells are escaped for a terminal; lines are never wrapped or cropped.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(width, column), default=0) + _GAP for column in zip(header, *cells, strict=True)]
    widths[-1] = 0
    lines = [_line(header, widths, bold=colour), *(_line(row, widths, bold=False) for row in cells)]
    return "".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int], *, bold: bool) -> str:
    padded = (
        (f"{_BOLD}{cell}{_PLAIN}" if bold and cell else cell) + " " * (room - width(cell))
        for cell, room in zip(cells, widths, strict=True)
    )
    return "".join(padded) + "\n"


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pairs(rows: Sequence[tuple[str, str]]) -> str:
    """Format `rows` as two aligned columns; values are escaped for a terminal."""
    room = max((width(name) for name, _value in rows), default=0) + 3
    return "".join(f"{name}{' ' * (room - width(name))}{printable(value)}".rstrip() + "\n" for name, value in rows)
